import { WeldmqError } from '../weldmq-error.ts'
import type { Acks } from './acks.ts'
import type { ServerFrame, WireMessage } from './frames.ts'
import { type Held, openHeld } from './held.ts'
import type { Link } from './link.ts'
import { accepted, frameError } from './stream-error.ts'
import { openToucher } from './toucher.ts'

export type IntakeOptions = {
  /** How many messages may be here and unfinished, 1 to 1000. */
  credit: number
  /** Bytes of bodies that may be here and unfinished; 16 MiB by default. */
  creditBytes?: number | undefined
  /** Seconds of each reservation; the queue's `messageTimeout` by default. */
  timeout?: number | undefined
  /** For how many seconds a message is touched by itself, 0 for never; an hour by default. */
  keep: number
}

/** One subscription, from one connection to the next. */
export type Intake = {
  /** Subscribes there; resolves when the server has taken it up. */
  attach(link: Link): Promise<void>
  /** The connection is gone, and with it what it brought. */
  detach(why: WeldmqError): void
  /** A frame that names this subscription. */
  hear(frame: ServerFrame): void
  /** What has not been begun goes back. */
  giveBack(): void
  /** No more messages; what has not been begun goes back, the rest is waited for, and held by touches if so asked. */
  drain(options: { touch: boolean }): Promise<void>
  /** Nothing is ours any more; the end of the connection, which has to follow, gives it back. */
  drop(why: WeldmqError): void
}

export type IntakeSettings = {
  name: string
  queue: string
  options: IntakeOptions
  /** How things are said about messages of this queue on that connection. */
  acksOn(link: Link): Acks
  /** The same on the next connection within that time. */
  nextAcks(withinMilliseconds: number): Promise<Acks | undefined>
  /** Messages that came, in order. */
  arrived(messages: Held[]): void
  /** Takes back those that nobody has begun, since they go to others. */
  withdraw(): Held[]
  /** The server will send nothing more, unasked; for this reason if it said one. */
  ended(why: WeldmqError | undefined): void
  report(error: unknown): void
}

const UNSUBSCRIBE_MILLISECONDS = 1000

export function openIntake(settings: IntakeSettings): Intake {
  const { name: sub, queue, options } = settings
  const held = new Map<string, Held>()
  let fault: WeldmqError | undefined
  let timeoutSeconds = options.timeout ?? 60
  let link: Link | undefined
  let acks: Acks | undefined
  let attaching = Promise.resolve()
  let drained: Promise<void> | undefined
  let emptied: (() => void) | undefined
  let unsubscribed: (() => void) | undefined
  const toucher = openToucher(
    () => held.values(),
    () => timeoutSeconds,
  )

  function attach(to: Link): Promise<void> {
    if (drained) return Promise.resolve()
    link = to
    acks = settings.acksOn(to)
    attaching = subscribe(to)
    return attaching
  }

  async function subscribe(to: Link): Promise<void> {
    const { timeout, creditBytes } = options
    const credit = Math.min(options.credit, to.limits.credit)
    const batch = Math.min(credit, 100)
    const question = { type: 'subscribe', sub, queue, credit, credit_bytes: creditBytes, timeout, batch } as const
    const answer = accepted(await to.ask(question))
    if (answer.type === 'subscribed' && answer.timeout !== undefined) timeoutSeconds = answer.timeout
  }

  function hear(frame: ServerFrame) {
    if (frame.type === 'messages') receive(frame.messages)
    else if (frame.type === 'lost') {
      for (const id of frame.ids) held.get(id)?.lose(lostError(frame.why))
    } else if (frame.type === 'error') {
      if (frame.code === 'sub_not_found') return unsubscribed?.()
      fault = frameError(frame)
      if (fault.code !== 'queue_not_found') settings.report(fault) // that one ends the subscription and is told as its end
    } else if (frame.type === 'unsubscribed') {
      unsubscribed?.()
      if (!drained) settings.ended(fault)
    }
  }

  function receive(messages: WireMessage[]) {
    const arrived = messages.map(hold)
    if (drained) return giveBack(arrived) // they were on their way
    toucher.wake()
    settings.arrived(arrived)
  }

  function hold(wire: WireMessage): Held {
    const one = openHeld({
      wire,
      acks: acks!,
      laterAcks: settings.nextAcks,
      timeoutSeconds,
      keepSeconds: options.keep,
      timeChanged: toucher.lookAgain,
      over(ended) {
        if (held.get(wire.id) === ended) held.delete(wire.id)
        if (held.size === 0) emptied?.()
      },
    })
    // It can be here again before the server has noticed that its reservation lapsed.
    held.get(wire.id)?.lose(lostError('lapsed'))
    held.set(wire.id, one)
    return one
  }

  function giveBack(unbegun: Held[]) {
    for (const one of unbegun) {
      one.message.release().catch((error: unknown) => {
        // The end of the connection gives it back as well.
        if (!(error instanceof WeldmqError && error.code === 'lost')) settings.report(error)
      })
    }
  }

  async function drain(): Promise<void> {
    giveBack(settings.withdraw())
    await attaching.catch(() => {}) // before that, the server knows of no subscription that it could end
    const told = new Promise<void>((resolve) => (unsubscribed = resolve))
    link?.tell({ type: 'unsubscribe', sub, drain: true })
    if (held.size > 0) await new Promise<void>((resolve) => (emptied = resolve))
    if (link) {
      // A server that believes that we hold something is not waited for: it gets back what it misses.
      const late = setTimeout(() => link?.tell({ type: 'unsubscribe', sub, drain: false }), UNSUBSCRIBE_MILLISECONDS)
      await told
      clearTimeout(late)
    }
    toucher.stop()
  }

  return {
    attach,
    detach(why) {
      link = undefined
      acks = undefined
      toucher.stop()
      const unbegun = settings.withdraw()
      for (const one of unbegun) one.lose(why)
      for (const one of held.values()) one.breakOff(why)
      // What is still worked on is no longer counted here: the same message may soon be here once more.
      held.clear()
      emptied?.()
      unsubscribed?.()
    },
    hear,
    giveBack: () => giveBack(settings.withdraw()),
    drain({ touch }) {
      if (!touch) toucher.stop()
      drained ??= drain()
      return drained
    },
    drop(why) {
      toucher.stop()
      for (const one of settings.withdraw()) one.lose(why)
      for (const one of held.values()) one.lose(why)
    },
  }
}

const lostError = (why: string) => new WeldmqError(`The reservation is over: ${why}`, { code: why, nothingDone: true })
