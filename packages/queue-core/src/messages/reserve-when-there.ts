import { checkQueueName } from '../queues/check.ts'
import type { Appearing } from '../queues/appearing.ts'
import type { Result } from '../refusal.ts'
import type { ReserveMessages, ReservedMessage } from './message.ts'
import type { Parts } from './on-queue.ts'
import { reserveMessages } from './reserve.ts'

/**
 * Reserves as `reserveMessages` does; a caller that awaits the queue and waits for messages spends that wait on the
 * queue's making too (contract v2 G11). The queue is not made by this.
 */
export async function reserveWhenThere(
  parts: Parts,
  appearing: Appearing,
  command: ReserveMessages,
): Promise<Result<ReservedMessage[]>> {
  const first = await reserveMessages(parts, command)
  const { waitSeconds, signal } = command
  if (!command.awaitsQueue || !waitSeconds || checkQueueName(command.queue)) return first

  const deadline = performance.now() + waitSeconds * 1000
  let result = first
  while (!result.ok && result.refusal.kind === 'queue_not_found') {
    if (!(await appearing.wait(command, deadline, signal))) return result
    const left = Math.max(0, Math.ceil((deadline - performance.now()) / 1000))
    result = await reserveMessages(parts, { ...command, waitSeconds: left })
  }
  return result
}
