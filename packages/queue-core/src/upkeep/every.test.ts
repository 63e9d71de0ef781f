import { until } from '@weldmq/testing'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'

import { every } from './every.ts'

const noFault = (fault: unknown) => expect.unreachable(String(fault))

test('work is done again and again, never twice at a time', async () => {
  let running = 0
  let most = 0
  let rounds = 0
  const work = async () => {
    most = Math.max(most, ++running)
    await pause(5)
    running--
    rounds++
  }
  const task = every(1, 'work', work, noFault)
  await until(() => rounds >= 3)
  await task.stop()
  expect(most).toBe(1)
})

test('a fault is told, with the name of the work, and the next round comes', async () => {
  const told: unknown[] = []
  let rounds = 0
  const work = () => (++rounds % 2 ? Promise.reject(new Error('once')) : Promise.resolve())
  const task = every(1, 'work', work, (fault, where) => told.push([where, fault]))
  await until(() => rounds >= 4)
  await task.stop()
  expect(told.slice(0, 2)).toEqual(Array(2).fill(['work', new Error('once')]))
})

test('stop waits for the round that is under way, and is the end', async () => {
  let rounds = 0
  let begun = 0
  let goOn: () => void
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  const work = async () => {
    begun++
    await gate
    rounds++
  }
  const task = every(1, 'work', work, noFault)
  await until(() => begun === 1)
  const stopped = task.stop().then(() => rounds)
  goOn!()
  expect(await stopped).toBe(1)
  await pause(10)
  expect(begun).toBe(1)
})
