import { expect, test } from 'vitest'
import { openLastUse } from './last-use.ts'

function aLastUse(write?: () => Promise<void>) {
  const written: string[][] = []
  const faults: unknown[] = []
  let clock = 0
  const lastUse = openLastUse({
    write: async (ids) => {
      written.push(ids)
      await write?.()
    },
    onFault: (fault) => faults.push(fault),
    now: () => clock,
  })
  return { ...lastUse, written, faults, pass: (milliseconds: number) => void (clock += milliseconds) }
}

test('uses are gathered into one write, once a minute for each token', async () => {
  const use = aLastUse()
  for (const id of ['a', 'b', 'a', 'a']) use.note(id)
  await use.stop()
  expect(use.written).toEqual([['a', 'b']])

  use.pass(59_999)
  use.note('a')
  await use.stop()
  expect(use.written).toHaveLength(1)

  use.pass(1)
  use.note('a')
  await use.stop()
  expect(use.written).toEqual([['a', 'b'], ['a']])
})

test('a use that another gateway wrote less than a minute ago is not written again', async () => {
  const use = aLastUse()
  use.learn('a', 30_000)
  use.learn('b', 60_000)
  use.learn('c', Infinity)
  for (const id of ['a', 'b', 'c']) use.note(id)
  await use.stop()
  expect(use.written).toEqual([['b', 'c']])
})

test('a write that fails is reported, and nobody is disturbed', async () => {
  const use = aLastUse(() => Promise.reject(new Error('down')))
  use.note('a')
  await use.stop()
  expect(use.faults).toEqual([new Error('down')])
})
