import { until } from '@weldmq/testing'
import { expect } from 'vitest'
import type { Sql, Transaction } from '../src/db/connect.ts'
import { releaseReserved } from '../src/line/give-back.sql.ts'
import { rotateLanes } from '../src/line/keep.sql.ts'
import { toColumns } from '../src/line/rows.ts'
import { insertMessages } from '../src/line/post.sql.ts'
import { newReservationId } from '../src/line/reservation-id.ts'
import { reserveReady } from '../src/line/reserve.sql.ts'
import { deleteMessageById, releaseMessageById, touchMessageById } from '../src/messages/by-id.ts'
import { clearQueue } from '../src/messages/clear.ts'
import { deleteMessage, deleteMessages } from '../src/messages/delete.ts'
import { peekMessages } from '../src/messages/peek.ts'
import { postMessages } from '../src/messages/post.ts'
import { releaseMessage } from '../src/messages/release.ts'
import { reserveMessages } from '../src/messages/reserve.ts'
import { touchMessage } from '../src/messages/touch.ts'
import { findQueue } from '../src/queues/find.ts'
import { putQueue } from '../src/queues/put.ts'
import { deleteExpired } from '../src/upkeep/upkeep.sql.ts'
import { done, refused, valueOf } from './a-core.ts'
import type { AGateway } from './a-gateway.ts'
import { type ModelMessage, aModel } from './line-model.ts'

const plainRow = { delaySeconds: 0, timeoutSeconds: null, expirationSeconds: null, pushHeaders: null }

/** Which of the two gateways does it. */
type By = { by: 0 | 1 }
/** The so manieth of those it can be done to; nothing happens when there is none. */
type To = { to: number }

export type Operation =
  | ({ do: 'post'; messages: { priority: number; delayed: boolean }[] } & By)
  | ({ do: 'reserve'; count: number; open: boolean } & By)
  | ({ do: 'release' | 'release by id'; delayed: boolean } & By & To)
  | ({ do: 'touch' | 'delete' | 'delete free' | 'touch by id' | 'delete by id' } & By & To)
  | ({ do: 'delete several'; first: number; count: number; spoiled: boolean } & By)
  | ({ do: 'clear' | 'peek' | 'look' | 'store' | 'forget' | 'fold' } & By)
  | ({ do: 'lapse' | 'end delay' } & By & To)
  | ({ do: 'expire' } & To)
  | { do: 'new lane' }
  | { do: 'hold post'; priorities: number[] }
  | { do: 'hold reserve'; count: number }
  | ({ do: 'hold release' } & To)
  | ({ do: 'end hold'; commit: boolean } & To)

type Hold = { end(commit: boolean): Promise<void> }

const MAX_RESERVATIONS = 3
const MOST_HOLDS = 3
/** Longer than any run: moments come when the test moves them. */
const LONG = 10_000

/**
 * One queue, two gateways and an oracle. Operations come one after the other, so that there is exactly one right answer
 * to each; `writer` is a slot for what is written by hand, `raw` has the connections for transactions held open.
 */
export async function aLine(
  gateways: [AGateway, AGateway],
  raw: Sql,
  project: string,
  writer: { slot: number; seq: number },
  name = 'line',
) {
  const [{ parts: first }] = gateways
  const on = { project, queue: name }
  valueOf(
    await putQueue(first.sql, {
      ...on,
      settings: { deadLetter: { queueName: `${name}-dead`, maxReservations: MAX_RESERVATIONS } },
    }),
  )
  const queueId = (await first.directory.find(project, on.queue))!
  await first.sql`
    update weldmq.queue_state set prios = '{65536,5,2000}', marks = '{0,0,0}' where queue_id = ${queueId}`

  const model = aModel(MAX_RESERVATIONS)
  let holds: Hold[] = []
  let bodies = 0

  const pick = (list: ModelMessage[], to: number) => list[to % list.length]
  const show = ({ id, body, count }: ModelMessage) => ({ id, body, count })
  const moveMoment = (one: ModelMessage, moment: 'due_at' | 'expires_at') =>
    raw`update weldmq.messages set ${raw(moment)} = now() where queue_id = ${queueId} and id = ${one.id}`

  /** Until upkeep has been there: a round that was under way may have missed it, and nobody waits for one for long. */
  const flip = ({ parts }: AGateway, one: ModelMessage) =>
    until(async () => {
      await parts.flipDue()
      const [row] = await raw<{ state: number }[]>`
        select state from weldmq.messages where queue_id = ${queueId} and id = ${one.id}`
      return row!.state === 0
    })

  async function reserve({ parts }: AGateway, count: number, open = false) {
    const taken = valueOf(await reserveMessages(parts, { ...on, count, open, timeoutSeconds: LONG }))
    const expected = model.reserve(count, open)
    const shown = taken.map(({ id, body, reservedCount }) => ({ id, body: body.toString(), count: reservedCount }))
    expect(shown).toEqual(expected.map(show))
    for (const [i, one] of expected.entries()) one.reservation = taken[i]!.reservationId
    return taken.length
  }

  /** Begins a transaction by hand; `ended` is told how it went. */
  async function hold(work: (tx: Transaction) => Promise<(committed: boolean) => void>) {
    if (holds.length >= MOST_HOLDS) return
    const tx = await raw.reserve()
    await tx`begin`
    let ended = (_committed: boolean) => {}
    const one: Hold = {
      async end(commit) {
        holds = holds.filter((other) => other !== one)
        await (commit ? tx`commit` : tx`rollback`)
        tx.release()
        ended(commit)
      },
    }
    holds.push(one)
    ended = await work(tx as unknown as Transaction)
  }

  const endHolds = async (commit: boolean) => {
    for (const one of holds) await one.end(commit)
  }

  async function perform(op: Operation): Promise<void> {
    const gateway = gateways['by' in op ? op.by : 0]
    const { parts } = gateway
    switch (op.do) {
      case 'post': {
        const messages = op.messages.map(({ priority, delayed }) => {
          const body = `${++bodies}`
          return { body, priority, state: delayed ? ('delayed' as const) : ('ready' as const) }
        })
        const posted = messages.map(({ body, priority, state }) => {
          return { body: Buffer.from(body), priority, delaySeconds: state === 'delayed' ? LONG : 0 }
        })
        const ids = valueOf(await postMessages(parts, { ...on, messages: posted }))
        model.gaveOut(ids)
        return model.post(messages.map((message, i) => ({ ...message, id: ids[i]! })))
      }
      case 'reserve':
        await reserve(gateway, op.count, op.open)
        return
      case 'release': {
        const one = pick(model.inState('reserved'), op.to)
        if (!one) return
        const delaySeconds = op.delayed ? LONG : 0
        const command = { ...on, messageId: one.id, reservationId: one.reservation, delaySeconds }
        expect(await releaseMessage(parts, command)).toEqual(done)
        return model.giveBack(one, op.delayed ? 'delayed' : 'ready')
      }
      case 'touch': {
        const one = pick(model.inState('reserved'), op.to)
        if (!one) return
        const command = { ...on, messageId: one.id, reservationId: one.reservation, timeoutSeconds: LONG }
        one.reservation = valueOf(await touchMessage(parts, command)).reservationId
        one.count++
        return
      }
      case 'delete': {
        const one = pick(model.inState('reserved'), op.to)
        if (!one) return
        const command = { ...on, messageId: one.id, reservationId: one.reservation }
        expect(await deleteMessage(parts, command)).toEqual(done)
        expect((await deleteMessage(parts, command)).ok).toBe(false)
        return model.remove(one)
      }
      case 'delete free': {
        const one = pick(model.inState('ready', 'delayed'), op.to)
        if (!one) return
        expect(await deleteMessage(parts, { ...on, messageId: one.id })).toEqual(done)
        return model.remove(one)
      }
      case 'touch by id': {
        const one = pick(model.inState('ready', 'delayed', 'reserved'), op.to)
        if (!one) return
        const touched = await touchMessageById(parts, { ...on, messageId: one.id })
        if (one.state === 'reserved' && !one.open) return expect(touched).toEqual(refused('reservation_lapsed'))
        expect(touched).toEqual(done)
        const [row] = await raw<{ reservation: string }[]>`
          update weldmq.messages set due_at = now() + make_interval(secs => ${LONG})
           where queue_id = ${queueId} and id = ${one.id} returning reservation`
        const reservation = row!.reservation.replaceAll('-', '')
        if (one.state === 'reserved') expect(reservation).toBe(one.reservation)
        Object.assign(one, { state: 'reserved', open: true, reservation, count: one.count + 1 })
        return
      }
      case 'release by id': {
        const one = pick(model.inState('ready', 'delayed', 'reserved'), op.to)
        if (!one) return
        const delaySeconds = op.delayed ? LONG : 0
        const released = await releaseMessageById(parts, { ...on, messageId: one.id, delaySeconds })
        if (one.state === 'reserved' && !one.open) return expect(released).toEqual(refused('reservation_lapsed'))
        expect(released).toEqual(done)
        if (one.state === 'reserved') return model.sendToEnd(one, op.delayed ? 'delayed' : 'ready')
        if (op.delayed) one.state = 'delayed'
        return
      }
      case 'delete by id': {
        const one = pick(model.inState('ready', 'delayed', 'reserved'), op.to)
        if (!one) return
        expect(await deleteMessageById(parts, { ...on, messageId: one.id })).toEqual(done)
        expect(await deleteMessageById(parts, { ...on, messageId: one.id })).toEqual(refused('message_not_found'))
        return model.remove(one)
      }
      case 'delete several': {
        const some = model.inState('ready', 'delayed', 'reserved').slice(op.first, op.first + op.count)
        const messages = some.map(({ id, reservation }) => ({ messageId: id, reservationId: reservation }))
        if (op.spoiled) messages.push({ messageId: 1e15, reservationId: undefined })
        if (messages.length === 0) return
        const result = await deleteMessages(parts, { ...on, messages })
        expect(result.ok).toBe(!op.spoiled)
        if (result.ok) for (const one of some) model.remove(one)
        return
      }
      case 'clear':
        await endHolds(false)
        expect(await clearQueue(parts, on)).toEqual(done)
        return model.clear()
      case 'peek': {
        const seen = valueOf(await peekMessages(parts, { ...on, count: 100 }))
        const expected = model.inState('ready', 'locked').slice(0, 100)
        expect(seen.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
        return
      }
      case 'lapse': {
        const one = pick(model.inState('reserved'), op.to)
        if (!one) return
        await moveMoment(one, 'due_at')
        await flip(gateway, one)
        return one.open ? model.sendToEnd(one, 'ready') : model.giveBack(one, 'ready')
      }
      case 'end delay': {
        const one = pick(model.inState('delayed'), op.to)
        if (!one) return
        await moveMoment(one, 'due_at')
        await flip(gateway, one)
        return model.giveBack(one, 'ready')
      }
      case 'expire': {
        const one = pick(model.inState('ready', 'delayed', 'reserved'), op.to)
        if (!one) return
        await moveMoment(one, 'expires_at')
        if (one.state === 'reserved') one.expired = true
        else model.remove(one)
        return
      }
      case 'look':
        return parts.keeper.look()
      case 'store':
        return parts.keeper.store()
      case 'forget':
        return parts.keeper.forgetAll()
      case 'fold':
        return parts.counters.fold()
      case 'new lane': {
        const [row] = await raw<{ cur: number }[]>`select cur from weldmq.queue_state where queue_id = ${queueId}`
        await rotateLanes(raw, { queueId, cur: row!.cur })
        return
      }
      case 'hold post':
        return hold(async (tx) => {
          const messages = op.priorities.map((priority) => ({ body: `${++bodies}`, priority, state: 'ready' as const }))
          const rows = messages.map(({ body, priority }) => {
            return { ...plainRow, body: Buffer.from(body), priority }
          })
          const stored = await insertMessages(tx, { queueId, slot: writer.slot, seq: ++writer.seq, ...toColumns(rows) })
          const ids = stored.map(({ id }) => id).toSorted((a, b) => a - b)
          model.gaveOut(ids)
          return (committed) => {
            if (committed) model.post(messages.map((message, i) => ({ ...message, id: ids[i]! })))
          }
        })
      case 'hold reserve':
        return hold(async (tx) => {
          const reservations = Array.from({ length: op.count }, newReservationId)
          const rows = await reserveReady(tx as unknown as Sql, {
            queueId,
            window: op.count + 100,
            hints: parts.keeper.hints(queueId),
            timeoutsSeconds: reservations.map(() => LONG),
            holders: reservations.map(() => null),
            reservations,
          })
          const locked = model.lock(op.count)
          const taken = new Map(rows.filter(({ id }) => id !== null).map((row) => [row.id, row.reservation]))
          expect(new Set(taken.keys())).toEqual(new Set(locked.map(({ id }) => id)))
          return (committed) => {
            for (const one of locked) {
              if (committed) {
                if (!model.isWornOut(one)) one.count++
                one.state = 'reserved'
                one.reservation = taken.get(one.id)!.replaceAll('-', '')
              } else one.state = 'ready'
            }
          }
        })
      case 'hold release': {
        const one = pick(model.inState('reserved'), op.to)
        if (!one) return
        return hold(async (tx) => {
          const held = {
            ids: [one.id],
            reservations: [one.reservation!],
            delaysSeconds: [0],
            priorities: [-1],
            counts: [1],
          }
          const released = await releaseReserved(tx as unknown as Sql, { queueId, ...held })
          expect(released).toHaveLength(1)
          one.state = 'returning'
          return (committed) => {
            if (committed) model.giveBack(one, 'ready')
            else one.state = 'reserved'
          }
        })
      }
      case 'end hold':
        return holds[op.to % holds.length]?.end(op.commit)
    }
  }

  return {
    perform,
    /** Where the line stands: that lanes moved and marks rose, or the run has shown little. */
    async reached() {
      const hints = gateways.map(({ parts }) => parts.keeper.hints(queueId))
      const [row] = await raw<{ cur: number; prios: number[] }[]>`
        select cur, prios from weldmq.queue_state where queue_id = ${queueId}`
      return {
        mark: Math.max(0, ...hints.flatMap(({ marks }) => marks)),
        low: Math.max(...hints.map(({ low }) => low)),
        lane: row!.cur,
        priorities: row!.prios.length,
      }
    },
    /** Makes everything ready and takes it all, through both gateways in turn; then nothing may be left uncounted. */
    async drain() {
      await endHolds(true)
      // What lapses in one statement has no order of its own behind the others, so here all return to their places.
      await raw`
        update weldmq.messages set due_at = now(), holder = null where queue_id = ${queueId} and state in (1, 2)`
      await first.flipDue()
      for (const one of model.inState('delayed', 'reserved')) model.giveBack(one, 'ready')
      for (;;) {
        const [{ deleted } = { deleted: 0 }] = await first.counters.count(queueId, (slot, seq) =>
          deleteExpired(gateways[0].background, { slot, seq, mark: '-infinity', limit: 500 }),
        )
        if (deleted === 0) break
      }

      const expectCounts = async () => {
        expect(valueOf(await findQueue(first.sql, on))).toMatchObject(model.counts())
        const [row] = await raw`select count(*)::int as n from weldmq.messages where queue_id = ${queueId}`
        expect(row!['n']).toBe(model.counts().size)
      }
      await expectCounts()
      for (let turn = 0; (await reserve(gateways[turn % 2]!, 7)) > 0; turn++) {}
      await expectCounts()
      for (const { parts } of gateways) await parts.counters.fold()
      await expectCounts()

      const dead = { ...on, queue: `${name}-dead` }
      const expected = model.dead()
      expect(valueOf(await findQueue(first.sql, dead))).toMatchObject({
        size: expected.length,
        totalMessages: expected.length,
      })
      const moved = []
      for (let turn = 0; moved.length < expected.length; turn++) {
        const some = valueOf(await reserveMessages(gateways[turn % 2]!.parts, { ...dead, count: 100 }))
        if (some.length === 0) break
        moved.push(...some)
      }
      expect(
        moved.map(({ id, body, reservedCount }) => ({ id, body: body.toString(), count: reservedCount - 1 })),
      ).toEqual(expected.map(show))
    },
    abandon: () => endHolds(false),
  }
}
