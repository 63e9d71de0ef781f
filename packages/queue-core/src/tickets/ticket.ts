import type { Sql } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { checkQueueName, invalid } from '../queues/check.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { hashOf, newSecret } from '../tokens/secret.ts'
import type { Access, Scope } from '../tokens/token.ts'
import { insertTicket, selectAccess, takeTicket } from './ticket.sql.ts'

/** What a ticket lets its bearer do: on one queue, and no more than the token that it was made with. */
export type Ticket = { tokenId: string; queue: string; scopes: ReadonlySet<Scope> }

export type CreateTicket = {
  project: string
  queue: string
  /** Some of those that the token has, which is for the caller to see to. */
  scopes: Scope[]
  /** The token that it is made with: when that is revoked, nobody is let in with the ticket. */
  tokenId: string
}

/** A secret that may be given to a web page: for one use within a minute, on any gateway. Stored as a hash. */
export async function createTicket(
  sql: Sql,
  { project, queue, scopes, tokenId }: CreateTicket,
): Promise<Result<{ ticket: string; expiresInSeconds: number }>> {
  const wrong = checkQueueName(queue)
  if (wrong) return refuse(wrong)
  if (scopes.length === 0) return refuse(invalid('verbs', 'must not be empty'))
  const ticket = newSecret()
  const seconds = limits.ticketSeconds
  await insertTicket(sql, { hash: hashOf(ticket), tokenId, project, queue, scopes, seconds })
  return ok({ ticket, expiresInSeconds: seconds })
}

/** Uses the ticket up; undefined for one that was used before, has expired, or was made for another project. */
export async function redeemTicket(
  sql: Sql,
  { project, ticket }: { project: string; ticket: string },
): Promise<Ticket | undefined> {
  const [row] = await takeTicket(sql, { hash: hashOf(ticket), project })
  const access = row && (await findAccess(sql, { tokenId: row.token_id, project }))
  if (!access) return undefined
  const { queue, scopes, token_id: tokenId } = row
  return { tokenId, queue, scopes: new Set(scopes.filter((scope) => access.scopes.has(scope))) }
}

/** What the token of this id may do in the project now; for those who were let in with a ticket. */
export async function findAccess(sql: Sql, asked: { tokenId: string; project: string }): Promise<Access | undefined> {
  const [row] = await selectAccess(sql, asked)
  return row && { ...row, projects: new Set(row.projects), scopes: new Set(row.scopes) }
}
