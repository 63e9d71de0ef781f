import { readAnswer } from './answer.ts'
import type { Connection } from './connections.ts'
import type { Attempt } from '@weldmq/queue-core'
import { isClosed, isLengthOfNothing, outcomeOf, outcomes } from './outcome.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** Answers that only announce the real one (1xx): somebody could send nothing else, as fast as the line is. */
const MOST_ANNOUNCED = 20

/** One request as it goes over a connection. */
export type Exchange = {
  path: string
  headers: Record<string, string>
  body: Buffer
}

/**
 * Puts one POST on a connection that nobody else uses, and keeps the connection if the answer was complete and of
 * moderate size. `ending` cuts it off, with an outcome as its reason; by then enough of the answer to tell may be there.
 * Resolves to `closed` when a kept connection ended before anything of the answer came.
 */
export function exchange(
  connection: Connection,
  { path, headers, body }: Exchange,
  ending: AbortSignal,
): Promise<Attempt | 'closed'> {
  return new Promise((settle) => {
    const answer = readAnswer()
    let over = false
    let begun = false
    let announced = 0
    let statusCode = 0
    let retryAfter: number | undefined

    function finish(result: Attempt | 'closed', keep = false) {
      if (over) return
      over = true
      ending.removeEventListener('abort', cut)
      if (keep) connection.keep()
      else connection.drop()
      settle(result)
    }

    function answered(): Attempt {
      if (statusCode < 300) return { statusCode }
      const failure = answer.text()
      return {
        statusCode,
        ...(failure === '' ? {} : { failure }),
        ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }),
      }
    }

    const cut = () => finish(answer.isFull() ? answered() : (ending.reason as Attempt))
    ending.addEventListener('abort', cut)
    connection.client.dispatch(
      { method: 'POST', path, headers, body },
      {
        onRequestStart(controller) {
          if (over) controller.abort(new Error('cut off'))
        },
        onResponseStart(_controller, status, received) {
          begun = true
          if (status < 200) {
            if (++announced > MOST_ANNOUNCED) finish(outcomes.announced)
            return
          }
          statusCode = status
          retryAfter = retryAfterSeconds(received['retry-after'])
        },
        onResponseData(_controller, chunk) {
          if (!answer.add(chunk)) finish(answered())
        },
        onResponseEnd: () => finish(answered(), true),
        onResponseError(_controller, fault) {
          if (answer.isFull() || isLengthOfNothing(fault, statusCode)) finish(answered())
          else finish(!begun && isClosed(fault) && connection.isReused() ? 'closed' : outcomeOf(fault))
        },
      },
    )
  })
}
