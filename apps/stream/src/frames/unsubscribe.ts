import { z } from 'zod'
import { type Handler, read } from './handler.ts'
import { findSubscription, noSuchSubscription } from './subscribe.ts'

/** Frames that one `unsubscribed` each answers. */
const MOST_ANSWERS = 8

const UnsubscribeFrame = z.object({ sub: z.string('must be a string'), drain: z.boolean().default(false) })

/** No more messages; `unsubscribed` follows at once, with what is held given back, or, draining, when nothing is held. */
export const unsubscribe: Handler = async (connection, sent, re) => {
  const asked = read(connection, sent, re, UnsubscribeFrame)
  if (!asked) return
  const subscription = await findSubscription(connection, asked.sub)
  if (!subscription) return noSuchSubscription(connection, re, asked.sub)
  if (re !== undefined) {
    if (subscription.endedBy.length >= MOST_ANSWERS) {
      const msg = `${MOST_ANSWERS} frames wait for the end of this subscription`
      return connection.fail(re, { code: 'window_full', msg, temporary: false }, { sub: asked.sub })
    }
    subscription.endedBy.push(re)
  }
  subscription.handle!.end(asked.drain)
}
