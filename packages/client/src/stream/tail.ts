import { endOfTurn } from '../end-of-turn.ts'
import { fromWireMessage } from '../rest/message-wire.ts'
import type { WeldmqError } from '../weldmq-error.ts'
import type { ServerFrame } from './frames.ts'
import type { Intake } from './intake.ts'
import type { Link } from './link.ts'
import { accepted, frameError } from './stream-error.ts'
import type { TailHandler } from './stream.ts'

export type TailSettings = {
  name: string
  queue: string
  /** Messages, and bytes of bodies, that may be on their way or being shown. */
  credit: number
  creditBytes: number
  handler: TailHandler
  /** The server will send nothing more, unasked; for this reason if it said one. */
  ended(why: WeldmqError | undefined): void
  report(error: unknown): void
}

/** A subscription that only looks on. What it is shown spends its credit, which is granted anew once it was handled. */
export function openTail(settings: TailSettings): Intake {
  const { name: sub, queue, creditBytes, handler, report } = settings
  let link: Link | undefined
  let busy = 0
  let handled = 0
  let fault: WeldmqError | undefined
  let isLeft = false
  let attaching = Promise.resolve()

  function attach(to: Link): Promise<void> {
    attaching = subscribe(to)
    return attaching
  }

  async function subscribe(to: Link): Promise<void> {
    if (isLeft) return
    handled = 0
    const credit = Math.max(0, Math.min(settings.credit, to.limits.credit) - busy)
    accepted(await to.ask({ type: 'subscribe', mode: 'tail', sub, queue, credit, credit_bytes: creditBytes }))
    link = to // before that, the server knows of no subscription that it could grant anything
    grant()
  }

  function grant() {
    if (handled === 0 || !link) return
    link.tell({ type: 'credit', sub, add: handled, set_bytes: creditBytes })
    handled = 0
  }

  async function show(...shown: Parameters<TailHandler>) {
    busy++
    try {
      await handler(...shown)
    } catch (error) {
      report(error)
    }
    busy--
    if (handled++ === 0) endOfTurn(grant)
  }

  function hear(frame: ServerFrame) {
    if (frame.type === 'messages') {
      if (isLeft) return
      const { messages, skipped = 0 } = frame
      for (const [at, message] of messages.entries()) void show(fromWireMessage(message), at === 0 ? skipped : 0)
    } else if (frame.type === 'error') {
      fault = frameError(frame)
      if (fault.code !== 'queue_not_found' && fault.code !== 'sub_not_found') report(fault)
    } else if (frame.type === 'unsubscribed' && !isLeft) settings.ended(fault)
  }

  return {
    attach,
    detach: () => void (link = undefined),
    hear,
    giveBack() {},
    async drain() {
      isLeft = true
      await attaching.catch(() => {})
      link?.tell({ type: 'unsubscribe', sub, drain: false })
    },
    drop: () => void (isLeft = true),
  }
}
