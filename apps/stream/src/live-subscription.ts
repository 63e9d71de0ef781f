import type { Lost, Receiver, StreamMessage, Subscription } from '@weldmq/queue-core'
import { toWireId } from '@weldmq/v3-wire'
import type { Connection } from './connection.ts'
import { type Re, frame, writeMessage } from './write-frame.ts'

/** One subscription of a connection: what the core hands over becomes frames under the client's name for it. */
export class LiveSubscription implements Receiver {
  readonly name: string
  readonly queue: string
  /** Wants `state` frames. */
  readonly state: boolean
  /** Set once the core has taken it up. */
  handle: Subscription | undefined
  /** Until then: settled when that is known. */
  beginning: Promise<void> | undefined
  /** The frames that `unsubscribed` answers. */
  readonly endedBy: Re[] = []
  /** Something was handed over since the last heartbeat. */
  #busy = false
  #isStuck = false
  readonly #connection: Connection

  constructor(connection: Connection, { name, queue, state }: { name: string; queue: string; state: boolean }) {
    this.#connection = connection
    this.name = name
    this.queue = queue
    this.state = state
  }

  room(): number {
    return this.#connection.room()
  }

  pack(message: StreamMessage): string {
    return writeMessage(message)
  }

  messages(packed: string[], skipped: number): void {
    this.#busy = true
    this.#isStuck = false
    const after = skipped > 0 ? `],"skipped":${skipped}}` : ']}'
    this.#connection.sendMessages(
      `{"type":"messages","sub":${JSON.stringify(this.name)},"messages":[${packed.join(',')}${after}`,
      packed.length,
    )
  }

  lost(messageIds: number[], why: Lost): void {
    const credit = this.handle?.credit.count
    this.#send('lost', { ids: messageIds.map(toWireId), why, credit })
  }

  ended(why: 'asked' | 'queue_deleted'): void {
    const { subscriptions } = this.#connection
    if (subscriptions.get(this.name) === this) subscriptions.delete(this.name)
    if (why === 'queue_deleted') {
      this.#send('error', { code: 'queue_not_found', msg: 'The queue was deleted', temporary: false })
    }
    const asked = this.endedBy.length > 0 ? this.endedBy : [undefined]
    for (const re of asked) this.#connection.send(frame('unsubscribed', re, { sub: this.name }))
  }

  /** Told once, until something fits again. */
  stuck(bytes: number): void {
    if (this.#isStuck) return
    this.#isStuck = true
    const msg = `The next message has ${bytes} bytes, more than all of the credit in bytes`
    this.#send('error', { code: 'credit_bytes_too_small', msg, temporary: false, bytes })
  }

  /** Each heartbeat: a quiet queue must look different from a dead subscription, or one whose database is away. */
  beat(): void {
    const { handle } = this
    if (!this.#busy && handle?.quiet) this.#send('idle')
    this.#busy = false
    if (this.#isStuck || handle?.quiet === false) handle?.lookAgain()
  }

  sendState(size: number): void {
    const { held = 0, count = 0 } = this.handle?.credit ?? {}
    this.#send('state', { size, reserved: held, credit: count })
  }

  #send(type: string, fields: Record<string, unknown> = {}): void {
    this.#connection.send(frame(type, undefined, { sub: this.name, ...fields }))
  }
}
