import { expect, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()

async function aProjectWith(...names: string[]) {
  const { on } = await aQueue(a)
  for (const queue of names) await a.core.putQueue({ project: on.project, queue, settings: {} })
  return (more: { previous?: string; prefix?: string; count?: number } = {}) =>
    a.core.listQueues({ project: on.project, ...more })
}

test('L2 an empty project has an empty list', async () => {
  expect(await (await aProjectWith())()).toEqual([])
})

test('L3 names come in the order of their bytes, not of a language', async () => {
  const list = await aProjectWith('b', 'a', 'B', 'ä', 'a b', 'a-b', '~', 'z', '🐇', '\uffff', 'ab', '10', '9')
  expect(await list()).toEqual(['10', '9', 'B', 'a', 'a b', 'a-b', 'ab', 'b', 'z', '~', 'ä', '\uffff', '🐇'])
})

test('previous is where the last page ended, whether or not such a queue exists', async () => {
  const list = await aProjectWith('a', 'b', 'c')
  expect(await list({ previous: 'a' })).toEqual(['b', 'c'])
  expect(await list({ previous: 'bb' })).toEqual(['c'])
  expect(await list({ previous: 'c' })).toEqual([])
})

test('prefix keeps the names that start with it, letter by letter', async () => {
  const list = await aProjectWith('job', 'jobs', 'jo', 'Jobs', 'j%', 'j_x', 'jobs:1', 'k')
  expect(await list({ prefix: 'job' })).toEqual(['job', 'jobs', 'jobs:1'])
  expect(await list({ prefix: 'j%' })).toEqual(['j%'])
  expect(await list({ prefix: 'j_' })).toEqual(['j_x'])
  expect(await list({ prefix: '' })).toHaveLength(8)
  expect(await list({ prefix: 'job', previous: 'job' })).toEqual(['jobs', 'jobs:1'])
  expect(await list({ prefix: 'job', previous: 'k' })).toEqual([])
  expect(await list({ prefix: 'job', previous: 'A' })).toEqual(['job', 'jobs', 'jobs:1'])
})

test('a page holds 30 names by default and 100 at most', async () => {
  const names = Array.from({ length: 103 }, (_, i) => `q${i + 100}`)
  const list = await aProjectWith(...names)
  expect(await list()).toEqual(names.slice(0, 30))
  expect(await list({ count: 0 })).toEqual(names.slice(0, 30))
  expect(await list({ count: -1 })).toEqual(names.slice(0, 30))
  expect(await list({ count: 2 })).toEqual(names.slice(0, 2))
  expect(await list({ count: 101 })).toEqual(names.slice(0, 100))
  expect(await list({ count: 100, previous: names[99]! })).toEqual(names.slice(100))
})

test('text that no queue can be named finds no queue', async () => {
  const list = await aProjectWith('a')
  expect(await list({ previous: '\0' })).toEqual([])
  expect(await list({ prefix: 'a\ud800' })).toEqual([])
})

test('L4 a dead letter queue is listed from its configuration', async () => {
  const { on } = await aQueue(a, { settings: { deadLetter: { queueName: 'a dead letter queue' } } })
  expect(await a.core.listQueues({ project: on.project })).toEqual(['a dead letter queue', on.queue])
})

test('other projects have their own queues of the same names', async () => {
  const one = await aProjectWith('a', 'b')
  const other = await aProjectWith('b', 'c')
  expect(await one()).toEqual(['a', 'b'])
  expect(await other()).toEqual(['b', 'c'])
})
