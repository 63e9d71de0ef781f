import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import type { Sql } from '../db/connect.ts'
import { findOrMake } from './directory.ts'

const a = await aCore()
const sql = a.sql as unknown as Sql

const nowhere = () => Promise.resolve(undefined)

test('a queue that somebody else made and dropped again before it was found is made once more', async () => {
  const { id: project } = valueOf(await a.core.createProject({ name: 'a test' }))
  const made = [undefined, undefined, 7]
  expect(await findOrMake(sql, project, nowhere, async () => made.shift())).toBe(7)
})

test('it is not made where the project is gone, and not for ever where it is dropped each time', async () => {
  const { id: project } = valueOf(await a.core.createProject({ name: 'a test' }))
  await expect(findOrMake(sql, project, nowhere, nowhere)).rejects.toThrow('dropped again and again')
  expect(await findOrMake(sql, 'ffffffffffffffffffffffff', nowhere, nowhere)).toBeUndefined()
})
