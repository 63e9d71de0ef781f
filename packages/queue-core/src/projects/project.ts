export type Project = {
  /** 24 lower-case hex characters. */
  id: string
  name: string
  createdAt: Date
}
