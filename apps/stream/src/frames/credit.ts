import { limits } from '@weldmq/queue-core'
import { integer } from '@weldmq/v3-wire'
import { z } from 'zod'
import { frame } from '../write-frame.ts'
import { type Handler, read } from './handler.ts'
import { findSubscription, noSuchSubscription } from './subscribe.ts'

const { credit: count, creditBytes } = limits.stream
const bytes = { min: 0, max: creditBytes.max }

const CreditFrame = z
  .object({
    sub: z.string('must be a string'),
    add: integer(count).optional(),
    set: integer(count).optional(),
    add_bytes: integer(bytes).optional(),
    set_bytes: integer(bytes).optional(),
  })
  .refine((asked) => asked.add === undefined || asked.set === undefined, {
    path: ['add'],
    error: 'must not come with set',
  })

/** More credit, or all that is to remain; answered with what remains then. */
export const credit: Handler = async (connection, sent, re) => {
  const asked = read(connection, sent, re, CreditFrame)
  if (!asked) return
  const handle = (await findSubscription(connection, asked.sub))?.handle
  if (!handle) return noSuchSubscription(connection, re, asked.sub)
  const { set, set_bytes: setBytes, add, add_bytes: addBytes } = asked
  if (set !== undefined || setBytes !== undefined) {
    handle.set({ ...(set === undefined ? {} : { count: set }), ...(setBytes === undefined ? {} : { bytes: setBytes }) })
  }
  if (add !== undefined || addBytes !== undefined) handle.grant({ count: add ?? 0, bytes: addBytes ?? 0 })
  if (re !== undefined) connection.send(frame('ok', re, { sub: asked.sub, credit: handle.credit.count }))
}
