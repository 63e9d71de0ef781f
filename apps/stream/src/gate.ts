import type { IncomingMessage } from 'node:http'
import type { Core } from '@weldmq/queue-core'
import { tokenOf } from '@weldmq/service-kit'
import { closeCodes } from './close-codes.ts'
import type { Bearer } from './connection.ts'

/** What somebody shows to be let in. */
export type Credentials = { token: string } | { ticket: string }

export type Gate = {
  /** Who it is, or with which code it is sent away. Throws `Unavailable` when that cannot be found out now. */
  judge(credentials: Credentials, project: string): Promise<Bearer | { code: number; why: string }>
}

export function createGate(core: Pick<Core, 'authorize' | 'authenticate' | 'redeemTicket'>): Gate {
  return {
    async judge(credentials, project) {
      if ('ticket' in credentials) {
        const redeemed = await core.redeemTicket({ project, ticket: credentials.ticket })
        if (!redeemed) return notAuthenticated
        const { tokenId: id, scopes, queue } = redeemed
        return letIn({ token: { id }, scopes, queue })
      }
      const { token } = credentials
      const access = await core.authorize(token, project)
      if (access) return letIn({ token: { secret: token }, scopes: access.scopes, queue: undefined })
      // The same for a project of others and one that does not exist: nobody learns which ids there are.
      return (await core.authenticate(token)) ? { code: closeCodes.refused, why: 'project refused' } : notAuthenticated
    },
  }
}

const notAuthenticated = { code: closeCodes.notAuthenticated, why: 'wrong credentials' }

const letIn = (bearer: Bearer): Bearer | { code: number; why: string } =>
  bearer.scopes.has('consume') || bearer.scopes.has('produce')
    ? bearer
    : { code: closeCodes.refused, why: 'this token may neither consume nor produce' }

const SUBPROTOCOL = /^oauth\.([\x21-\x7e]+)$/

/** What an upgrade carries: the header or `?oauth=`, as for v3, else `oauth.TOKEN` among the subprotocols. */
export function credentialsOf(incoming: IncomingMessage): Credentials | undefined {
  const token = tokenOf(incoming) ?? offeredToken(incoming.headers['sec-websocket-protocol'])
  return token === undefined ? undefined : { token }
}

function offeredToken(offered: string | undefined): string | undefined {
  for (const one of offered?.split(',') ?? []) {
    const token = SUBPROTOCOL.exec(one.trim())?.[1]
    if (token !== undefined) return token
  }
  return undefined
}
