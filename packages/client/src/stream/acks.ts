import { endOfTurn } from '../end-of-turn.ts'
import { WeldmqError } from '../weldmq-error.ts'
import type { Question, WireRef } from './frames.ts'
import type { Link } from './link.ts'
import { accepted } from './stream-error.ts'

/** What can be said about a reservation. Those that differ in nothing but the message go in one frame. */
export type Ack =
  | { type: 'delete' }
  | { type: 'bury' }
  | { type: 'release'; delay: number }
  | { type: 'touch'; timeout: number | undefined }

/** Resolves when the server has done it: with the new reservation id when it was a touch. */
export type Acks = (ack: Ack, ref: WireRef) => Promise<string>

type Asked = { ref: WireRef; resolve(reservationId: string): void; reject(error: unknown): void }

/** As many as v3 takes in one batch. */
const IDS_PER_FRAME = 100

/** The sentence of an error frame is about the first of its ids. */
const words: Record<string, string> = {
  message_not_found: 'Message not found',
  reservation_lapsed: 'The reservation is over',
}

/** Says things about the reservations of one queue on one connection, all of one turn together. */
export function openAcks(link: Link, queue: string): Acks {
  let collected = new Map<string, { ack: Ack; asked: Asked[] }>()

  function flush() {
    const busy = link.busy()
    if (busy > 0) return void setTimeout(flush, busy)
    const batches = collected
    collected = new Map()
    for (const { ack, asked } of batches.values()) {
      for (let at = 0; at < asked.length; at += IDS_PER_FRAME) void send(ack, asked.slice(at, at + IDS_PER_FRAME))
    }
  }

  async function send(ack: Ack, asked: Asked[]) {
    try {
      const answer = await link.ask({ ...ack, queue, ids: asked.map(({ ref }) => ref) } as Question)
      const isPart = answer.type === 'error' && answer.ids !== undefined
      const failed = new Map(isPart ? answer.ids!.map(({ id, code }) => [id, code]) : [])
      const { ids = [] } = isPart ? { ids: answer.touched } : (accepted(answer) as { ids?: WireRef[] })
      const fresh = new Map(ids.map(({ id, reservation_id }) => [id, reservation_id]))
      for (const { ref, resolve, reject } of asked) {
        const code = failed.get(ref.id)
        if (code === undefined) resolve(fresh.get(ref.id) ?? ref.reservation_id)
        else reject(new WeldmqError(words[code] ?? code, { code, nothingDone: true }))
      }
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  return (ack, ref) =>
    new Promise((resolve, reject) => {
      if (collected.size === 0) endOfTurn(flush)
      const key = JSON.stringify(ack)
      const batch = collected.get(key) ?? { ack, asked: [] }
      collected.set(key, batch)
      batch.asked.push({ ref, resolve, reject })
    })
}
