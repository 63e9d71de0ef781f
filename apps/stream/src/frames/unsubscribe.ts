import { z } from 'zod'
import { type Handler, read } from './handler.ts'
import { noSuchSubscription } from './subscribe.ts'

const UnsubscribeFrame = z.object({ sub: z.string(), drain: z.boolean().default(false) })

/** No more messages; `unsubscribed` follows at once, with what is held given back, or, draining, when nothing is held. */
export const unsubscribe: Handler = (connection, sent, re) => {
  const asked = read(connection, sent, re, UnsubscribeFrame)
  if (!asked) return
  const subscription = connection.subscriptions.get(asked.sub)
  if (!subscription?.handle) return noSuchSubscription(connection, re, asked.sub)
  subscription.endRe = re
  subscription.handle.end(asked.drain)
}
