import { expect, test } from 'vitest'
import { runAs } from './run-as.ts'

test('a program gets its input and nothing of our environment, and what it said is the answer', async () => {
  const script = 'cat; echo "$PGPORT$HOME" >&2; exit 3'
  expect(await runAs({}, 'sh', ['-c', script], 'hello')).toEqual({ ok: false, output: 'hello\n' })
})

test('a program that cannot be started is an answer too, and leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
  const before = timers()
  expect(await runAs({}, '/nowhere/program', [])).toMatchObject({ ok: false, errno: 'ENOENT' })
  expect(timers()).toBeLessThanOrEqual(before)
})
