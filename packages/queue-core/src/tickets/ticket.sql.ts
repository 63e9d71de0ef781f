import type { Sql } from '../db/connect.ts'
import type { Scope } from '../tokens/token.ts'

export const insertTicket = (
  sql: Sql,
  t: { hash: string; tokenId: string; project: string; queue: string; scopes: Scope[]; seconds: number },
) => sql`
  insert into weldmq.tickets (hash, token_id, project_id, queue, scopes, expires_at)
  values (decode(${t.hash}, 'hex'), ${t.tokenId}, ${t.project}, ${t.queue}, ${t.scopes}::text[],
          now() + make_interval(secs => ${t.seconds}::float8))`

/** Takes the ticket away, so that of several who show it one gets the row; nothing once it has expired. */
export const takeTicket = (sql: Sql, t: { hash: string; project: string }) => sql<
  { token_id: string; queue: string; scopes: Scope[] }[]
>`
  delete from weldmq.tickets
   where hash = decode(${t.hash}, 'hex') and project_id = ${t.project} and expires_at > now()
  returning token_id, queue, scopes`

/** What the token of that id may do now; nothing once it was revoked or has expired, or when the project is gone. */
export const selectAccess = (sql: Sql, a: { tokenId: string; project: string }) => sql<
  { tokenId: string; admin: boolean; projects: string[]; scopes: Scope[] }[]
>`
  select t.id as "tokenId", t.admin, t.projects, t.scopes
    from weldmq.tokens t join weldmq.projects p on p.id = ${a.project}
   where t.id = ${a.tokenId} and (t.expires_at is null or t.expires_at > now())
     and (t.admin or p.id = any(t.projects))`

export const forgetTickets = (sql: Sql) => sql`delete from weldmq.tickets where expires_at <= now()`
