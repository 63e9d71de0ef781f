import { expect, test } from 'vitest'
import { limits } from '../limits.ts'
import { settle } from './settle.ts'
import type { StoredTried } from './tried.ts'

/** What is stored once all of so many subscribers of a unicast queue have failed with these words. */
function allFail(count: number, failure: string): StoredTried[] {
  const candidates = Array.from({ length: count }, (_, i) => i + 1)
  const push = { retries: 3, retriesDelaySeconds: 60 }
  let tried: StoredTried[] = []
  for (const receiver of candidates) {
    const standing = { push, tries: 0, tried, receiver, candidates, acceptSeconds: 60, now: new Date() }
    tried = settle(standing, { statusCode: 500, failure }).tried!
  }
  return tried
}

test('what a few subscribers said is kept, of very many only the beginning, and no half character', () => {
  const few = allFail(10, 'x'.repeat(1024))
  expect(few.every(({ failure }) => failure?.length === 1024)).toBe(true)
  const many = allFail(1500, `x${'😀'.repeat(512)}`)
  const characters = many.reduce((sum, { failure = '' }) => sum + failure.length, 0)
  expect(characters).toBeLessThanOrEqual(limits.triedCharacters)
  expect(many.every(({ failure }) => failure?.isWellFormed())).toBe(true)
})
