import { expect, test, vi } from 'vitest'
import { WeldmqError } from '../weldmq-error.ts'
import type { Ack, Acks } from './acks.ts'
import type { WireRef } from './frames.ts'
import { openHeld } from './held.ts'
import { dueForTouch } from './toucher.ts'

type Said = { ack: Ack; ref: WireRef; resolve(reservationId: string): void; reject(error: unknown): void }

function aHeld({ later }: { later?: Acks } = {}) {
  const said: Said[] = []
  const acks: Acks = (ack, ref) => new Promise((resolve, reject) => said.push({ ack, ref, resolve, reject }))
  const held = openHeld({
    wire: { id: '1', body: 'b', reserved_count: 1, reservation_id: 'first', reserved_until: '' },
    acks,
    laterAcks: async () => later,
    timeoutSeconds: 60,
    keepSeconds: 3600,
    timeChanged() {},
    over() {},
  })
  return { held, said }
}

const busy = new WeldmqError('Later', { temporary: true })
const broken = new WeldmqError('Broken', { code: 'lost', temporary: true })

test('what is said during a touch names the fresh reservation', async () => {
  const { held, said } = aHeld()
  void held.touch()
  const deleted = held.message.delete()
  await vi.waitFor(() => expect(said).toHaveLength(1))
  said[0]!.resolve('second')
  await vi.waitFor(() => expect(said).toHaveLength(2))
  expect(said[1]).toMatchObject({ ack: { type: 'delete' }, ref: { id: '1', reservation_id: 'second' } })
  said[1]!.resolve('second')
  await deleted
  expect(held.isOver()).toBe(true)
  expect(held.touchDueAt()).toBe(Infinity)
})

test('what the server could not just now is said again', async () => {
  const { held, said } = aHeld()
  const deleted = held.message.delete()
  await vi.waitFor(() => expect(said).toHaveLength(1))
  said[0]!.reject(busy)
  await vi.waitFor(() => expect(said).toHaveLength(2))
  said[1]!.resolve('first')
  await deleted
})

test('a delete that a broken connection left open is said on the next one, where it may be done already', async () => {
  const gone: Acks = () => Promise.reject(new WeldmqError('Message not found', { code: 'message_not_found' }))
  const { held, said } = aHeld({ later: gone })
  const deleted = held.message.delete()
  await vi.waitFor(() => expect(said).toHaveLength(1))
  held.breakOff(broken)
  said[0]!.reject(broken)
  await deleted
  expect(held.message.signal.reason).toBe(broken)
})

test('without a next connection in time it is lost', async () => {
  const { held } = aHeld()
  held.breakOff(broken)
  await expect(held.message.delete()).rejects.toBe(broken)
  expect(held.isOver()).toBe(true)
})

test('a touch that comes too late loses the message', async () => {
  const { held, said } = aHeld()
  const touched = held.message.touch()
  await vi.waitFor(() => expect(said).toHaveLength(1))
  const lapsed = new WeldmqError('The reservation is over', { code: 'reservation_lapsed' })
  said[0]!.reject(lapsed)
  await expect(touched).rejects.toBe(lapsed)
  expect(held.message.signal.reason).toBe(lapsed)
  await expect(held.message.delete()).rejects.toBe(lapsed)
})

test('a touch is due when half of the time is over, and those nearly due go along', () => {
  const [one, two] = [aHeld().held, aHeld().held]
  const now = performance.now()
  const at = one.touchDueAt()
  expect(at - now).toBeGreaterThan(20_000)
  expect(at - now).toBeLessThanOrEqual(30_000)
  expect(dueForTouch([one, two], now, 60)).toEqual({ due: [], nextAt: Math.min(at, two.touchDueAt()) })
  expect(dueForTouch([one, two], now + 25_000, 60)).toEqual({ due: [one, two], nextAt: Infinity })
  two.lose(broken)
  expect(dueForTouch([one, two], now + 25_000, 60).due).toEqual([one])
})
