import type { Sql } from '../db/connect.ts'
import { faultFor, isRolledBack } from '../db/faults.ts'
import { limits } from '../limits.ts'
import { selectExisting } from '../projects/exist.sql.ts'
import { isProjectId } from '../projects/project-id.ts'
import { Unavailable } from '../refusal.ts'
import { selectValid, writeLastUse } from './access.sql.ts'
import { openLastUse } from './last-use.ts'
import { remember } from './remembered.ts'
import { hashOf } from './secret.ts'
import type { Access } from './token.ts'

export type AccessChecks = {
  /** What the bearer of this token may do; undefined for an unknown, expired or revoked one. */
  authenticate(token: string): Promise<Access | undefined>
  /** The same, when the token is for this project and the project exists; undefined otherwise. */
  authorize(token: string, project: string): Promise<Access | undefined>
  /** To be called after a change of tokens or projects on this gateway, which then sees it at once. */
  forget(): void
  /** Writes down the last uses that are still to be written. */
  stop(): Promise<void>
}

type Remembered = {
  access: Access
  /** On this process's monotonic clock; judged from what the database's clock said was left. */
  validUntil: number
}

/**
 * Answers from memory: a request costs no query while its token and project are in use. What it answers is at most
 * `tokenStaleMilliseconds` old, so that a token or project that is deleted anywhere is refused here within 5 s. Throws
 * `Unavailable` when it has to ask and Postgres cannot be reached.
 *
 * Tokens are looked up by their hash, here and in the database: how long that takes says nothing about the secret.
 */
export function openAccess(
  sql: Sql,
  options: { onFault?: (fault: unknown, where: string) => void } = {},
): AccessChecks {
  const ages = {
    freshMilliseconds: limits.tokenFreshMilliseconds,
    staleMilliseconds: limits.tokenStaleMilliseconds,
    unknownMilliseconds: limits.tokenUnknownMilliseconds,
    max: limits.tokensRemembered,
  }
  const lastUse = openLastUse({
    write: (ids) => writeLastUse(sql, ids, limits.tokenLastUseMilliseconds),
    onFault: (fault) => options.onFault?.(fault, 'writing when tokens were last used'),
  })
  const tokens = remember<Remembered>({ ...ages, load: loadTokens })
  const projects = remember<true>({
    ...ages,
    load: async (ids) => new Map((await reading(selectExisting(sql, ids))).map(({ id }) => [id, true])),
  })

  async function loadTokens(hashes: string[]): Promise<Map<string, Remembered>> {
    const asked = performance.now()
    const rows = await reading(selectValid(sql, hashes))
    return new Map(
      rows.map((row) => {
        lastUse.learn(row.tokenId, row.idleMilliseconds ?? Infinity)
        const { tokenId, admin } = row
        const access = { tokenId, admin, projects: new Set(row.projects), scopes: new Set(row.scopes) }
        return [row.hash, { access, validUntil: asked + (row.validMilliseconds ?? Infinity) }]
      }),
    )
  }

  async function authenticate(token: string): Promise<Access | undefined> {
    if (token === '') return undefined
    const found = await tokens.get(hashOf(token))
    if (!found || performance.now() >= found.validUntil) return undefined
    lastUse.note(found.access.tokenId)
    return found.access
  }

  async function authorize(token: string, project: string): Promise<Access | undefined> {
    const access = await authenticate(token)
    if (!access || !isProjectId(project)) return undefined
    // Before the project is looked for: nobody learns which ids exist (security row 3).
    if (!access.admin && !access.projects.has(project)) return undefined
    return (await projects.get(project)) ? access : undefined
  }

  return {
    authenticate,
    authorize,
    forget() {
      tokens.forget()
      projects.forget()
    },
    stop: lastUse.stop,
  }
}

/** A statement that only reads stores nothing, so whatever keeps it from its answer is `Unavailable`. */
async function reading<T>(statement: PromiseLike<T>): Promise<T> {
  try {
    return await statement
  } catch (fault) {
    throw isRolledBack(fault) ? faultFor(fault) : new Unavailable('The database cannot be reached', { cause: fault })
  }
}
