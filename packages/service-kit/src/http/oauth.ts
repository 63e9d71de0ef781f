import type { IncomingMessage } from 'node:http'
import type { Access, Core, Scope } from '@weldmq/queue-core'
import { HttpRefusal } from './http-refusal.ts'
import { queryOf } from './target.ts'

/**
 * The token of a request: `Authorization: OAuth T` or `Bearer T` in any case, else `?oauth=T`; the header wins (contract
 * v3 H2, H3, H5; auth A3). Undefined when there is none or it is empty (A7).
 */
export function tokenOf(incoming: IncomingMessage): string | undefined {
  const header = incoming.headers.authorization
  if (header !== undefined) {
    const match = /^(?:oauth|bearer)(?:[ \t]+([^ \t]+))?[ \t]*$/i.exec(header)
    if (match) return match[1]
  }
  const url = incoming.url
  if (url === undefined || !url.includes('?')) return undefined
  return queryOf(incoming).get('oauth') || undefined
}

/**
 * What the bearer may do in the project of the path. 401 with one and the same text for no token, an unknown token, an
 * unknown project and somebody else's (auth A4, A5; security row 3); 403 when the token lacks the scope.
 */
export async function authorize(
  core: Pick<Core, 'authorize'>,
  incoming: IncomingMessage,
  project: string,
  scope: Scope | undefined,
): Promise<Access> {
  const token = tokenOf(incoming)
  const access = token === undefined ? undefined : await core.authorize(token, project)
  if (access === undefined) throw new HttpRefusal(401, 'Invalid project/token combination')
  if (scope !== undefined && !access.scopes.has(scope)) {
    throw new HttpRefusal(403, `This token does not have the scope ${scope}`)
  }
  return access
}
