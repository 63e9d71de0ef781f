/** What a token may do in its projects. `manage` covers queues, `produce` posting, `consume` everything with messages. */
export const scopes = ['produce', 'consume', 'manage'] as const
export type Scope = (typeof scopes)[number]

/** What is known about a token; its secret is not kept. */
export type Token = {
  /** 24 hex characters. */
  id: string
  name: string
  /** Free text, for example `api`. */
  type: string
  /** May use every project, and manage projects and tokens. */
  admin: boolean
  /** The projects a token that is not admin may use. */
  projects: string[]
  scopes: Scope[]
  createdAt: Date
  expiresAt: Date | undefined
  /** Written at most once a minute. */
  lastUsedAt: Date | undefined
}

export type CreateToken = {
  name?: string
  type?: string
  admin?: boolean
  projects?: string[]
  /** All of them when left out. */
  scopes?: Scope[]
  expiresInSeconds?: number
}

/** What the bearer of a valid token may do; answered from memory, at most 4 s old. */
export type Access = {
  tokenId: string
  admin: boolean
  projects: ReadonlySet<string>
  scopes: ReadonlySet<Scope>
}
