import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import type { Sql } from '../db/connect.ts'
import { createDirectory, findOrMake } from './directory.ts'

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

/** A directory whose first answer waits, once it has come from the database, until it is let through. */
async function aSlowDirectory() {
  let letThrough!: () => void
  const gate = new Promise<void>((resolve) => (letThrough = resolve))
  const { id: project } = valueOf(await a.core.createProject({ name: 'a test' }))
  const asked: Promise<unknown>[] = []
  const slowed = (async (...statement: Parameters<Sql>) => {
    const isFirst = asked.length === 0
    const answer = sql(...statement)
    asked.push(answer)
    const rows = await answer
    if (isFirst) await gate
    return rows
  }) as unknown as Sql
  return { on: { project, queue: 'jobs' }, directory: createDirectory(slowed), asked, letThrough }
}

test('a queue that was made before somebody asked is found, whatever an earlier answer says that is still on its way', async () => {
  const { on, directory, asked, letThrough } = await aSlowDirectory()
  const early = directory.find(on.project, on.queue)
  await asked[0]
  valueOf(await a.core.putQueue({ ...on, settings: {} }))
  const [late, alsoLate] = [directory.find(on.project, on.queue), directory.find(on.project, on.queue)]
  letThrough()
  expect(await early).toBeUndefined()
  expect(await late).toBeDefined()
  expect(await alsoLate).toBe(await late)
  expect(asked).toHaveLength(2)
})

test('what was forgotten is not known again by an answer from before', async () => {
  const { on, directory, asked, letThrough } = await aSlowDirectory()
  valueOf(await a.core.putQueue({ ...on, settings: {} }))
  const early = directory.find(on.project, on.queue)
  await asked[0]
  valueOf(await a.core.deleteQueue(on))
  valueOf(await a.core.putQueue({ ...on, settings: {} }))
  directory.forget(on.project, on.queue)
  const now = await directory.find(on.project, on.queue)
  letThrough()
  expect(await early).not.toBe(now)
  expect(await directory.find(on.project, on.queue)).toBe(now)
})
