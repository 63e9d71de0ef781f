import { expect, test } from 'vitest'
import { allScenarios, choose } from './scenario.ts'

const all = allScenarios({ backlog: false })
const chosen = (...names: string[]) => choose(all, names).map(({ name }) => name)

test('a name means one scenario, the beginning of names all that go on after a dash', () => {
  expect(chosen('core-64-cycle')).toEqual(['core-64-cycle'])
  expect(chosen('core-64')).toEqual(['core-64-steps', 'core-64-cycle'])
  expect(chosen('http').every((name) => name.startsWith('http-'))).toBe(true)
  expect(chosen()).toHaveLength(all.length)
})

test('an unknown name is refused with those there are', () => {
  expect(() => choose(all, ['core-6'])).toThrow('There is no scenario "core-6"; there are: core-1-steps,')
})

test('a backlog is only measured when asked for', () => {
  expect(all.filter(({ shape }) => shape === 'backlog')).toEqual([])
  expect(choose(allScenarios({ backlog: true }), ['http-64-backlog'])).toHaveLength(1)
})
