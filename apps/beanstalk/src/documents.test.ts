import { expect, test } from 'vitest'
import { dictionary, list, textOf } from './documents.ts'
import { asciiOf, drawId } from './facts.ts'

test('a dictionary has one line for each key, in the order given', () => {
  expect(
    dictionary([
      ['id', 1],
      ['tube', textOf('a-b', true)],
      ['state', 'ready'],
    ]),
  ).toBe('---\nid: 1\ntube: "a-b"\nstate: ready\n')
})

test('text stands bare in the older form', () => {
  expect(textOf('a-b', false)).toBe('a-b')
})

test('a list has one line for each name and no quotes', () => {
  expect(list(['default', '007'])).toBe('---\n- default\n- 007\n')
})

test('text is printable ASCII that needs no escaping', () => {
  expect(asciiOf('Linux #1 "SMP" \\ \u00e9\n')).toBe('Linux #1 ?SMP? ? ??')
})

test('the id of a start is 16 hexadecimal digits that no reader takes for a number', () => {
  for (let i = 0; i < 1000; i++) {
    const id = drawId()
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(Number.isNaN(Number(id))).toBe(true)
  }
})
