import { expect, test } from 'vitest'
import { openSlots } from './slots.ts'

const on = (subscriber: string, host: string, project = 'p') => ({ project, subscriber, host })

test('security row 5: a subscriber and a host each have their number', () => {
  const slots = openSlots({ perSubscriber: 2, perHost: 6, total: 100 })
  expect(slots.take(on('a', 'one'), 10)).toBe(2)
  expect(slots.take(on('a', 'one'), 10)).toBe(0)
  expect(slots.free(on('a', 'one'))).toBe(1)
  expect(slots.take(on('b', 'one'), 10)).toBe(1)
  expect(slots.take(on('c', 'one'), 1)).toBe(0)
  expect(slots.take(on('c', 'two'), 10)).toBe(2)
  expect(slots.underWay()).toBe(5)
  slots.give(on('a', 'one'), 2)
  expect(slots.underWay()).toBe(3)
  expect(slots.free(on('a', 'one'))).toBe(2)
  expect(slots.take(on('a', 'one'), 1)).toBe(1)
  // Who is probed may have one in all.
  expect(slots.take(on('a', 'one'), 1)).toBe(0)
})

test('security row 24: a project has at most half, and leaves something to whoever comes', () => {
  const slots = openSlots({ perSubscriber: 50, perHost: 200, total: 100 })
  const takeAll = (project: string) => {
    let all = 0
    for (let i = 0; i < 100; i++) all += slots.take(on(`${project} ${i}`, `${project} ${i}`, project), 50)
    return all
  }
  expect([takeAll('hanging'), takeAll('second'), takeAll('third')]).toEqual([50, 25, 13])
  expect(slots.free(on('x', 'x', 'fourth'))).toBeGreaterThan(0)
  // Where there is but one slot, it is for anybody.
  expect(openSlots({ perSubscriber: 1, perHost: 1, total: 1 }).take(on('a', 'one'), 1)).toBe(1)
})

test('security row 24: a project leaves something of a host to others, also where its own attempts there all hang', () => {
  const slots = openSlots({ perSubscriber: 50, perHost: 100, total: 1000 })
  const takeAll = (project: string) => {
    let all = 0
    for (let i = 0; i < 100; i++) all += slots.take(on(`${project} ${i}`, 'one', project), 50)
    return all
  }
  expect([takeAll('hanging'), takeAll('second'), takeAll('third')]).toEqual([50, 25, 13])
  expect(slots.take(on('x', 'two', 'hanging'), 50)).toBe(50)
  expect(openSlots({ perSubscriber: 1, perHost: 1, total: 1 }).take(on('a', 'one'), 1)).toBe(1)
})
