import { json } from '@weldmq/service-kit'
import type { Page } from '../route.ts'

/** Go clients have a call for it (contract v3, section 8). */
export const version: Page = {
  path: '/version',
  summary: 'The version of the API',
  type: 'application/json',
  handle: () => json(200, { version: '3.0.0' }),
}
