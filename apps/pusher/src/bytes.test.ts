import { expect, test } from 'vitest'
import { countTogether, openBytes } from './bytes.ts'

test('a body that deliveries share counts once, until the last of them is over', () => {
  const bytes = openBytes(100)
  const one = { project: 'p', body: Buffer.alloc(40) }
  bytes.hold(one)
  bytes.hold({ ...one })
  expect(bytes.setAside('other', 100).bytes).toBe(30)
  bytes.drop(one)
  expect(bytes.setAside('p', 100).bytes).toBe(0)
  bytes.drop(one)
  expect(bytes.setAside('other', 100).bytes).toBe(20)
})

test('what is set aside is given back', () => {
  const bytes = openBytes(100)
  const first = bytes.setAside('p', 30)
  expect(first.bytes).toBe(30)
  expect(bytes.setAside('p', 30).bytes).toBe(20)
  first.giveBack()
  expect(bytes.setAside('p', 30).bytes).toBe(30)
})

test('security row 24: a project has at most half, and leaves something to whoever comes', () => {
  const bytes = openBytes(1000)
  const all = (project: string) => {
    let bytesOf = 0
    for (let i = 0; i < 100; i++) bytesOf += bytes.setAside(project, 10).bytes
    return bytesOf
  }
  expect([all('first'), all('second'), all('third')]).toEqual([500, 250, 125])
  expect(bytes.setAside('fourth', 10).bytes).toBe(10)
})

test('what is written down together is not more than some megabytes, or one', () => {
  const mebibytes = (...sizes: number[]) => sizes.map((size) => Buffer.alloc(size * 2 ** 20))
  expect(countTogether(mebibytes(1, 1, 1, 1, 1))).toBe(4)
  expect(countTogether(mebibytes(9, 1))).toBe(1)
  expect(countTogether(mebibytes(1, 1))).toBe(2)
})
