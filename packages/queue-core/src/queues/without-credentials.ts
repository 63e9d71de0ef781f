import type { Delivery } from '../deliveries/delivery.ts'
import type { Queue } from './queue.ts'

/**
 * A queue as those see it who may not manage it: subscribers without what opens them, which is the user, password or token
 * in their addresses, what stands behind a `?` there, and their headers. A token that may only post would be worth as much
 * as the tokens in `ironmq:` addresses otherwise (security rows 8 and 10).
 */
export function queueWithoutCredentials<Q extends Pick<Queue, 'push'>>(queue: Q): Q {
  if (!queue.push) return queue
  const subscribers = queue.push.subscribers.map((subscriber) => {
    const shown = { ...subscriber, url: addressOnly(subscriber.url) }
    delete shown.headers
    return shown
  })
  return { ...queue, push: { ...queue.push, subscribers } }
}

/** The same for what became of a message. */
export const deliveryWithoutCredentials = (delivery: Delivery): Delivery => ({
  ...delivery,
  url: addressOnly(delivery.url),
  ...(delivery.tried && { tried: delivery.tried.map((one) => ({ ...one, url: addressOnly(one.url) })) }),
})

/** To the parser of URLs slashes in front of a host count for nothing, and backslashes are slashes. */
const addressOnly = (url: string): string =>
  url.replace(/^((?:[a-z][a-z0-9+.-]*:\/\/)?)[/\\]*[^/\\?#][^/?#]*@/i, '$1').replace(/[?#].*$/s, '')
