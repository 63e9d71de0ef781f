import { type BackOff, fullJitter } from '../back-off.ts'
import { pause } from '../pause.ts'
import { WeldmqError } from '../weldmq-error.ts'
import type { Ack, Acks } from './acks.ts'
import type { WireMessage } from './frames.ts'
import type { StreamMessage } from './stream-message.ts'

/** One reservation on this side of the connection. */
export type Held = {
  readonly message: StreamMessage
  /** Whoever had it has said what becomes of it, or it is lost. */
  isOver(): boolean
  /** When it should be touched, on the clock of `performance.now()`; Infinity when that is no use. */
  touchDueAt(): number
  touch(): Promise<void>
  /** It is not ours any more, and nothing can be said about it. */
  lose(why: WeldmqError): void
  /** Its connection is gone, and most likely the reservation. Work that ends all the same is said on the next one. */
  breakOff(why: WeldmqError): void
}

export type HeldSettings = {
  wire: WireMessage
  /** Of the connection that it came by. */
  acks: Acks
  /** Those of the next connection, if there is one soon enough. */
  laterAcks(withinMilliseconds: number): Promise<Acks | undefined>
  timeoutSeconds: number
  /** For how long it is touched without being asked to. */
  keepSeconds: number
  /** Its time is another one than that of the subscription. */
  timeChanged(): void
  /** Nothing is left to be said about it. */
  over(held: Held): void
}

const ackBackOff: BackOff = { baseMilliseconds: 100, capMilliseconds: 2000 }
const ACK_REPETITIONS = 5

export function openHeld(settings: HeldSettings): Held {
  const { wire, acks } = settings
  const abort = new AbortController()
  const keepUntil = performance.now() + settings.keepSeconds * 1000
  let ref = { id: wire.id, reservation_id: wire.reservation_id }
  let lasts = settings.timeoutSeconds * 1000
  let touchedAt = performance.now()
  let lastSaid: Promise<unknown> = Promise.resolve()
  let phase: 'held' | 'ending' | 'over' = 'held'
  let brokenBy: WeldmqError | undefined

  /** One thing after the other, since a touch changes the reservation id. */
  function say(ack: Ack): Promise<string> {
    const said = lastSaid.then(() => sayNow(ack))
    lastSaid = said.catch(() => {})
    return said
  }

  /** Again when the server could not just now, or when the connection broke: saying it once more can do no harm. */
  async function sayNow(ack: Ack): Promise<string> {
    for (let repetition = 0; ; repetition++) {
      const speak = brokenBy ? await settings.laterAcks(touchedAt + lasts - performance.now()) : acks
      if (speak === undefined) throw brokenBy! // there was no other connection in time
      try {
        return await speak(ack, ref)
      } catch (error) {
        if (!(error instanceof WeldmqError)) throw error
        if (repetition > 0 && ack.type === 'delete' && error.code === 'message_not_found') return ref.reservation_id
        if (!error.temporary || repetition >= ACK_REPETITIONS) throw error
        await pause(fullJitter(repetition, ackBackOff))
      }
    }
  }

  async function finish(ack: Ack): Promise<void> {
    if (phase !== 'held') throw overError(abort.signal)
    phase = 'ending'
    try {
      await say(ack)
    } finally {
      end()
    }
  }

  function end() {
    if (phase === 'over') return
    phase = 'over'
    settings.over(held)
  }

  async function touch(timeout?: number): Promise<void> {
    if (phase !== 'held' || brokenBy) throw overError(abort.signal)
    touchedAt = performance.now()
    lasts = (timeout ?? settings.timeoutSeconds) * 1000
    if (timeout !== undefined) settings.timeChanged()
    try {
      const reservationId = await say({ type: 'touch', timeout })
      ref = { ...ref, reservation_id: reservationId }
    } catch (error) {
      if (error instanceof WeldmqError && !error.temporary) held.lose(error)
      throw error
    }
  }

  const held: Held = {
    message: {
      id: wire.id,
      body: wire.body,
      ...(wire.body_encoding !== undefined && { bodyEncoding: wire.body_encoding }),
      reservedCount: wire.reserved_count,
      get reservationId() {
        return ref.reservation_id
      },
      signal: abort.signal,
      delete: () => finish({ type: 'delete' }),
      release: ({ delay = 0 } = {}) => finish({ type: 'release', delay }),
      bury: () => finish({ type: 'bury' }),
      touch: ({ timeout } = {}) => touch(timeout),
    },
    isOver: () => phase !== 'held',
    touchDueAt() {
      const due = touchedAt + lasts / 2
      return phase === 'held' && !brokenBy && due < keepUntil ? due : Infinity
    },
    touch: () => touch(),
    lose(why) {
      end()
      abort.abort(why)
    },
    breakOff(why) {
      if (phase === 'over') return
      brokenBy = why
      abort.abort(why)
    },
  }
  return held
}

const overError = (signal: AbortSignal): unknown =>
  signal.aborted
    ? signal.reason
    : new WeldmqError('The message was deleted, released or buried before', { code: 'over', nothingDone: true })
