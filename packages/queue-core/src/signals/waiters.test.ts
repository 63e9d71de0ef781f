import { expect, test } from 'vitest'
import { type Waiter, createWaiters } from './waiters.ts'

const soon = () => performance.now() + 20_000
/** Whether the wait is over by now, and how. */
const state = (wait: Promise<boolean>) => Promise.race([wait, Promise.resolve('waiting')])

function some(count: number) {
  const firsts: number[] = []
  const waiters = createWaiters((queueId) => firsts.push(queueId))
  const joined = Array.from({ length: count }, (): Waiter => waiters.join(7))
  return { waiters, joined, firsts, waits: joined.map((waiter) => waiter.next(soon())) }
}

test('so many are woken as there is something for, the longest waiting first', async () => {
  const { waiters, waits } = some(4)
  waiters.wake(7, 2)
  expect(await Promise.all(waits.map(state))).toEqual([true, true, 'waiting', 'waiting'])
  waiters.wake(7, 100)
  expect(await Promise.all(waits)).toEqual([true, true, true, true])
})

test('one who is looking when something comes looks once more', async () => {
  const { waiters } = some(0)
  const looking = waiters.join(7)
  waiters.wake(7, 1)
  expect(await looking.next(soon())).toBe(true)
  const again = looking.next(soon())
  expect(await state(again)).toBe('waiting')
  waiters.wake(7, 1)
  expect(await again).toBe(true)
})

test('one who is looking does not take the wake-up from one who sleeps', async () => {
  const { waiters, waits } = some(1)
  const looking = waiters.join(7)
  waiters.wake(7, 1)
  expect(await waits[0]).toBe(true)
  expect(await state(looking.next(soon()))).toBe('waiting')
  waiters.end()
})

test('nobody is woken for another queue', async () => {
  const { waiters, waits } = some(1)
  waiters.wake(8, 1)
  expect(await state(waits[0]!)).toBe('waiting')
  waiters.end()
})

test('a wait ends at its deadline', async () => {
  const { waiters } = some(0)
  expect(await waiters.join(7).next(performance.now() + 5)).toBe(false)
  expect(await waiters.join(7).next(performance.now() - 5)).toBe(false)
})

test('a wait ends when its caller leaves, and the others stay', async () => {
  const { waiters, waits } = some(1)
  const leaving = new AbortController()
  const left = waiters.join(7).next(soon(), leaving.signal)
  leaving.abort()
  expect(await left).toBe(false)
  expect(await waiters.join(7).next(soon(), AbortSignal.abort())).toBe(false)
  waiters.wake(7, 1)
  expect(await waits[0]).toBe(true)
})

test('who has left is not woken in the place of others', async () => {
  const { waiters, joined, waits } = some(2)
  joined[0]!.leave()
  waiters.wake(7, 1)
  expect(await waits[1]).toBe(true)
  waiters.end()
})

test('the first to wait for a queue is told of, and again once all have left', () => {
  const { waiters, joined, firsts } = some(2)
  expect(firsts).toEqual([7])
  expect(waiters.queueIds()).toEqual([7])
  for (const waiter of joined) waiter.leave()
  expect(waiters.queueIds()).toEqual([])
  expect(waiters.has(7)).toBe(false)
  waiters.join(7)
  expect(firsts).toEqual([7, 7])
  waiters.end()
})

test('the end wakes everybody with nothing, and later waits end at once', async () => {
  const { waiters, waits } = some(3)
  waiters.end()
  expect(await Promise.all(waits)).toEqual([false, false, false])
  expect(await waiters.join(7).next(soon())).toBe(false)
})

test('a standing watch is called once for as many as it takes, and hears what it missed', () => {
  const { waiters, firsts } = some(0)
  const calls: string[] = []
  const first = waiters.watch(7, () => calls.push('first'))
  const second = waiters.watch(7, () => calls.push('second'))
  expect(firsts).toEqual([7])
  first.arm(100)
  second.arm(100)
  waiters.wake(7, 50)
  expect(calls).toEqual(['first'])
  waiters.wake(7, 1)
  expect(calls).toEqual(['first', 'second'])
  waiters.wake(7, 1)
  expect([first.missed(), first.missed(), second.isArmed()]).toEqual([true, false, false])
  // Who was woken last is the last again.
  second.arm(1)
  first.arm(1)
  waiters.wake(7, 1)
  expect(calls).toEqual(['first', 'second', 'second'])
  first.disarm()
  waiters.wake(7, 5)
  expect(calls).toEqual(['first', 'second', 'second'])
  first.leave()
  second.leave()
  expect(waiters.has(7)).toBe(false)
})

test('the end of all waiting does not call a watch', () => {
  const { waiters } = some(0)
  const calls: number[] = []
  const watch = waiters.watch(7, () => calls.push(7))
  watch.arm(1)
  waiters.end()
  expect(calls).toEqual([])
})

test('an onlooker hears of everything and takes nobody’s place', async () => {
  const { waiters, waits } = some(1)
  let heard = 0
  const leave = waiters.lookOn(7, () => heard++)
  const other = waiters.lookOn(8, () => heard++)
  expect(waiters.queueIds()).toEqual([7, 8])
  waiters.wake(7, 1)
  expect([heard, await waits[0]]).toEqual([1, true])
  leave()
  other()
  waiters.wake(7, 1)
  expect([heard, waiters.queueIds()]).toEqual([1, [7]])
})
