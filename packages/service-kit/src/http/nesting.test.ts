import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nestingProblem } from './nesting.ts'

const problem = (text: string) => nestingProblem(Buffer.from(text))

test('64 levels are allowed, 65 are not', () => {
  expect(problem('['.repeat(64) + ']'.repeat(64))).toBeUndefined()
  expect(problem('['.repeat(65) + ']'.repeat(65))).toBe('must not be nested deeper than 64 levels')
  expect(problem('{"a":'.repeat(65))).toBe('must not be nested deeper than 64 levels')
})

test('brackets and colons inside strings are text', () => {
  expect(problem(JSON.stringify({ a: '[{:"\\'.repeat(5000) }))).toBeUndefined()
})

test('keys are counted per object', () => {
  const object = (keys: number) => `{${Array.from({ length: keys }, (_, i) => `"k${i}":1`).join()}}`
  expect(problem(object(1000))).toBeUndefined()
  expect(problem(object(1001))).toBe('must not have an object with more than 1000 keys')
  expect(problem(`[${Array.from({ length: 50 }, () => object(999)).join()}]`)).toBeUndefined()
})

test('no ordinary JSON is refused', () => {
  fc.assert(fc.property(fc.json({ maxDepth: 20 }), (text) => problem(text) === undefined))
})

test('five million open brackets get their answer', () => {
  expect(problem('['.repeat(5_000_000))).toBe('must not be nested deeper than 64 levels')
})
