import { type Attempt, type ClaimedDelivery, handedOn } from '@weldmq/queue-core'
import { requestHeaders } from './headers.ts'
import { isElsewhere, postElsewhere } from './other-server.ts'
import type { Sender } from './send.ts'

export type AttemptOptions = {
  sender: Pick<Sender, 'send'>
  /** What subscribers reach us by, without a slash at the end. */
  publicUrl: string
  plainHttp: ReadonlySet<string>
}

/** Makes the one request that a claimed delivery asks for. */
export function attemptWith({ sender, publicUrl, plainHttp }: AttemptOptions) {
  return async (delivery: ClaimedDelivery): Promise<Attempt> => {
    const timeoutMilliseconds = delivery.answerSeconds * 1000
    if (!isElsewhere(delivery.subscriber.url)) {
      const { subscriber, body } = delivery
      const headers = requestHeaders(delivery, publicUrl)
      return sender.send({ url: subscriber.url, headers, body, timeoutMilliseconds })
    }
    const handed = handedOn(delivery.pushHeaders, delivery.amongQueues)
    if ('failure' in handed) return { statusCode: 0, failure: handed.failure }
    const post = postElsewhere({ ...delivery, pushHeaders: handed.headers }, plainHttp)
    return sender.send({ ...post, timeoutMilliseconds })
  }
}
