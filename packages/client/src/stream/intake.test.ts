import { expect, onTestFinished, test, vi } from 'vitest'
import { aLink } from '../../test/a-link.ts'
import { WeldmqError } from '../weldmq-error.ts'
import { openAcks } from './acks.ts'
import type { WireMessage } from './frames.ts'
import type { Held } from './held.ts'
import { openIntake } from './intake.ts'

const aMessage = (id: string, reservation = `r${id}`): WireMessage => ({
  id,
  body: id,
  reserved_count: 1,
  reservation_id: reservation,
  reserved_until: '2026-01-01T00:00:00Z',
})
const broken = new WeldmqError('Broken', { code: 'lost', temporary: true })

/** A subscription whose messages nobody begins, unless the test takes them. */
function anIntake({ keep = 0 } = {}) {
  let waiting: Held[] = []
  const arrived: Held[] = []
  const ends: unknown[] = []
  const errors: unknown[] = []
  const intake = openIntake({
    name: 's',
    queue: 'q',
    options: { credit: 5, timeout: 60, keep },
    acksOn: (link) => openAcks(link, 'q'),
    nextAcks: async () => undefined,
    arrived(messages) {
      arrived.push(...messages)
      waiting.push(...messages)
    },
    withdraw: () => waiting.splice(0),
    ended: (why) => void ends.push(why),
    report: (error) => void errors.push(error),
  })
  const begin = () => void (waiting = [])
  return { intake, arrived, begin, ends, errors }
}

async function attached(options = {}) {
  const on = anIntake(options)
  const server = aLink()
  const attaching = on.intake.attach(server.link)
  server.asked[0]!.answer({ type: 'subscribed', sub: 's', credit: 5 })
  await attaching
  const say = (...messages: WireMessage[]) => on.intake.hear({ type: 'messages', sub: 's', messages })
  const unsubscribed = () => on.intake.hear({ type: 'unsubscribed', sub: 's' })
  return { ...on, server, say, unsubscribed }
}

test('it asks for its whole credit on each connection', async () => {
  const { intake, server, say, begin } = await attached()
  const subscribe = {
    type: 'subscribe',
    sub: 's',
    queue: 'q',
    credit: 5,
    timeout: 60,
    batch: 5,
    credit_bytes: undefined,
  }
  expect(server.asked[0]!.question).toEqual(subscribe)
  say(aMessage('1'))
  begin()
  intake.detach(broken)
  const next = aLink()
  void intake.attach(next.link)
  expect(next.asked[0]!.question).toEqual(subscribe)
})

test('a broken connection: what was not begun is gone, work that was begun is told', async () => {
  const { intake, say, begin, arrived } = await attached()
  say(aMessage('1'))
  begin()
  say(aMessage('2'))
  intake.detach(broken)
  expect(arrived.map(({ message }) => message.signal.reason)).toEqual([broken, broken])
  expect(arrived.map((held) => held.isOver())).toEqual([false, true])
})

test('what is lost is told, and so is what is here again before it was', async () => {
  const { intake, say, arrived } = await attached()
  say(aMessage('1'), aMessage('2'))
  intake.hear({ type: 'lost', sub: 's', ids: ['2'], why: 'deleted' })
  say(aMessage('1', 'again'))
  expect(arrived.map(({ message }) => message.signal.reason?.code)).toEqual(['lapsed', 'deleted', undefined])
})

test('closing before the server has answered is said after its answer', async () => {
  const { intake } = anIntake()
  const { link, asked, told } = aLink()
  void intake.attach(link)
  const drained = intake.drain({ touch: true })
  expect(told).toEqual([])
  asked[0]!.answer({ type: 'subscribed', sub: 's', credit: 5 })
  await vi.waitFor(() => expect(told).toEqual([{ type: 'unsubscribe', sub: 's', drain: true }]))
  intake.hear({ type: 'unsubscribed', sub: 's' })
  await drained
})

test('closing gives back what was not begun, and what was on its way, and waits for the rest', async () => {
  const { intake, server, say, begin, arrived, unsubscribed, ends, errors } = await attached()
  say(aMessage('1'))
  begin()
  say(aMessage('2'))
  const drained = intake.drain({ touch: true })
  say(aMessage('3'))
  await vi.waitFor(() => expect(server.asked).toHaveLength(2))
  const released = ['2', '3'].map((id) => ({ id, reservation_id: `r${id}` }))
  expect(server.asked[1]!.question).toEqual({ type: 'release', queue: 'q', ids: released, delay: 0 })
  server.asked[1]!.answer({ type: 'ok' })
  const deleted = arrived[0]!.message.delete()
  await vi.waitFor(() => expect(server.asked).toHaveLength(3))
  server.asked[2]!.answer({ type: 'ok' })
  await deleted
  unsubscribed()
  await drained
  expect([arrived.length, ends, errors]).toEqual([2, [], []])
})

test('a server that still believes that something is held is told to end all the same', async () => {
  const { intake, server, unsubscribed } = await attached()
  const drained = intake.drain({ touch: true })
  await vi.waitFor(() => expect(server.told).toHaveLength(2))
  expect(server.told.map((one) => 'drain' in one && one.drain)).toEqual([true, false])
  unsubscribed()
  await drained
})

test('an end that nobody asked for is the end, with the reason that the server gave', async () => {
  const { intake, unsubscribed, ends } = await attached()
  intake.hear({ type: 'error', sub: 's', code: 'queue_not_found', msg: 'The queue was deleted', temporary: false })
  unsubscribed()
  expect(ends).toMatchObject([{ code: 'queue_not_found', message: 'The queue was deleted', temporary: false }])
})

test('what is given back when the connection ends is no error: its end gives it back as well', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { intake, say, errors, server } = await attached()
  say(aMessage('1'))
  intake.giveBack()
  for (let tries = 1; tries <= 6; tries++) {
    await vi.runAllTimersAsync()
    await vi.waitFor(() => expect(server.asked.length).toBeGreaterThan(tries))
    server.breakOff()
  }
  await vi.runAllTimersAsync()
  expect(errors).toEqual([])
})

test('a message that was touched for a shorter time is touched again in time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { say, arrived, server } = await attached({ keep: 3600 })
  say(aMessage('1'))
  await vi.advanceTimersByTimeAsync(1000) // by now it is known when to look at it: after half of its minute
  const touching = arrived[0]!.message.touch({ timeout: 4 })
  await vi.waitFor(() => expect(server.asked).toHaveLength(2))
  server.asked[1]!.answer({ type: 'ok', ids: [{ id: '1', reservation_id: 'r1b' }] })
  await touching
  await vi.advanceTimersByTimeAsync(3000)
  await vi.waitFor(() => expect(server.asked).toHaveLength(3))
  expect(server.asked[2]!.question).toMatchObject({ type: 'touch', ids: [{ id: '1', reservation_id: 'r1b' }] })
})
