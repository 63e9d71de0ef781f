/** What became of a delivery of a unicast queue at one subscriber, as it is stored. */
export type StoredTried = {
  /** Of the subscriber. */
  id: number
  code: number
  tries: number
  /** RFC 3339. */
  at: string
  failure?: string
  /** In which round it was tried last: within a round, every subscriber is tried once (push.md C1). */
  round: number
}
