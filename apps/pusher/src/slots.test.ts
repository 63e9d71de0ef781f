import { expect, test } from 'vitest'
import { openSlots } from './slots.ts'

test('security row 5: a subscriber, a host and the process each have their number', () => {
  const slots = openSlots({ perSubscriber: 2, perHost: 3, total: 4 })
  expect(slots.take('a', 'one', 10)).toBe(2)
  expect(slots.take('a', 'one', 1)).toBe(0)
  expect(slots.free('one')).toBe(1)
  expect(slots.take('b', 'one', 10)).toBe(1)
  expect(slots.take('c', 'one', 1)).toBe(0)
  expect(slots.take('c', 'two', 10)).toBe(1)
  expect(slots.take('d', 'three', 1)).toBe(0)
  expect(slots.underWay()).toBe(4)
  slots.give('a', 'one', 2)
  expect(slots.underWay()).toBe(2)
  expect(slots.free('one')).toBe(2)
  expect(slots.take('a', 'one', 1)).toBe(1)
})
