import { expect, test } from 'vitest'
import { openSlots } from './slots.ts'

test('security row 5: a subscriber, a host and the process each have their number', () => {
  const slots = openSlots({ perSubscriber: 2, perHost: 3, total: 4 })
  const ends = [slots.take('a', 'one'), slots.take('a', 'one')]
  expect(slots.take('a', 'one')).toBeUndefined()
  expect(slots.free('b', 'one')).toBe(1)
  slots.take('b', 'one')
  expect(slots.free('c', 'one')).toBe(0)
  expect(slots.free('c', 'two')).toBe(1)
  slots.take('c', 'two')
  expect(slots.take('d', 'three')).toBeUndefined()
  expect(slots.underWay()).toBe(4)
  ends[0]!()
  expect(slots.free('a', 'one')).toBe(1)
})

test('a slot is given back once, however often its holder says so', () => {
  const slots = openSlots({ perSubscriber: 1, perHost: 1, total: 10 })
  const end = slots.take('a', 'one')!
  end()
  slots.take('a', 'one')
  end()
  expect(slots.free('a', 'one')).toBe(0)
  expect(slots.underWay()).toBe(1)
})
