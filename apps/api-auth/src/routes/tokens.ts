import { scopes } from '@weldmq/queue-core'
import { json, message } from '@weldmq/service-kit'
import { z } from 'zod'
import { type Route, admin, bodyOf, reply } from '../route.ts'
import { showToken } from '../show.ts'

/** The fields of the contract, and ours: `projects`, `scopes` and `expires_in` in seconds. All are optional. */
const TokenBody = z.object({
  name: z.string('must be a string').optional(),
  type: z.string('must be a string').optional(),
  admin: z.boolean('must be true or false').optional(),
  projects: z.array(z.string('must be a list of project ids'), 'must be a list of project ids').optional(),
  scopes: z.array(z.enum(scopes, `must be some of ${scopes.join(', ')}`), 'must be a list').optional(),
  expires_in: z.number('must be a number of seconds').optional(),
})

/** Makes a token and shows its secret, for the only time; admins only. */
export const createToken: Route = {
  method: 'POST',
  path: '/1/tokens',
  async handle(call) {
    const { tokenId } = await admin(call)
    const { expires_in: expiresInSeconds, ...rest } = await bodyOf(call, TokenBody)
    const result = await call.core.createToken({ ...rest, expiresInSeconds })
    if (result.ok) call.log.info({ tokenId: result.value.id, admin: result.value.admin, by: tokenId }, 'token created')
    return reply(call, result, (token) => ({ ...showToken(token), token: token.secret }))
  },
}

/** Every token, without secrets; admins only. */
export const listTokens: Route = {
  method: 'GET',
  path: '/1/tokens',
  async handle(call) {
    await admin(call)
    const tokens = await call.core.listTokens()
    return json(200, { tokens: tokens.map(showToken) })
  },
}

/** Revokes a token, within 5 s everywhere; admins only. */
export const deleteToken: Route = {
  method: 'DELETE',
  path: '/1/tokens/:id',
  async handle(call) {
    const { tokenId } = await admin(call)
    const result = await call.core.deleteToken({ id: call.id })
    if (!result.ok) return reply(call, result, () => undefined)
    call.log.info({ tokenId: call.id, by: tokenId }, 'token deleted')
    return message(200, 'Token deleted')
  },
}
