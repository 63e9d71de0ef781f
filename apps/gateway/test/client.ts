import { type ConnectOptions, connect } from '@weldmq/client'
import { adminToken, projectId } from './gateway.ts'

/** The client of packages/client, connected to the project of these tests. */
export const clientOf = (gateway: { url: string }, options: Partial<ConnectOptions> = {}) =>
  connect({ url: gateway.url, projectId, token: adminToken, ...options })
