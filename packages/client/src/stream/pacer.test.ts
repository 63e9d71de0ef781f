import { expect, test } from 'vitest'
import { openPacer } from './pacer.ts'

test('some frames go at once, the others as fast as they may', () => {
  let now = 0
  const pacer = openPacer({ perSecond: 100, atOnce: 10 }, () => now)
  const sendAll = () => {
    let sent = 0
    while (pacer.wait() === 0) {
      pacer.count()
      sent++
    }
    return sent
  }
  expect(sendAll()).toBe(10)
  expect(pacer.wait()).toBe(10)
  now += 50
  expect(sendAll()).toBe(5)
  now += 10_000
  expect(sendAll()).toBe(10)
})

test('frames that were not waited for are made up for', () => {
  let now = 0
  const pacer = openPacer({ perSecond: 100, atOnce: 10 }, () => now)
  for (let i = 0; i < 30; i++) pacer.count()
  expect(pacer.wait()).toBe(210)
  now += 210
  expect(pacer.wait()).toBe(0)
})
