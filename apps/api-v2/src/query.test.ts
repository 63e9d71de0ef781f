import { expect, test } from 'vitest'
import { GetQuery } from './bodies.ts'
import { plainGet } from './query.ts'

const byTheSchema = (query: string) =>
  GetQuery.safeParse(Object.fromEntries([...new URLSearchParams(query)].filter(([, value]) => value !== '')))

test.each([
  'n=1',
  'n=100',
  'timeout=0',
  'n=5&timeout=60',
  'n=1&wait=30',
  'timeout=9999&wait=0',
  'n=2&timeout=30&wait=9',
])('what is taken without the schema is what the schema says: %s', (query) => {
  expect(plainGet(`/path?${query}`)).toEqual(byTheSchema(query).data)
})

test.each([
  'n=0',
  'n=101',
  'n=x',
  'n=1&n=2',
  'wait=31',
  'timeout=86400',
  'delete=true',
  'n=1&oauth=t',
  'N=1',
  'n=',
  'a',
])('everything else is left to it: %s', (query) => {
  expect(plainGet(`/path?${query}`)).toBeUndefined()
})

test('no query asks for nothing in particular', () => {
  expect(plainGet('/path')).toEqual({})
  expect(plainGet('/path?')).toEqual({})
})
