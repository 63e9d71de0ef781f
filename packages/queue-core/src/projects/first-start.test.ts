import { testDatabase } from '@weldmq/testing'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { connect } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { deleteToken } from '../tokens/delete.ts'
import { listTokens } from '../tokens/list.ts'
import { makeFirstStart } from './first-start.ts'
import { listProjects } from './list.ts'

const database = await testDatabase({ prepare: migrate })
const gateways = Array.from({ length: 4 }, (_, i) => connect(database, { max: 1, pinned: false, name: `test ${i}` }))
const sql = gateways[0]!
afterAll(() => Promise.all(gateways.map((gateway) => gateway.end())))
beforeEach(() => sql`truncate weldmq.projects, weldmq.tokens`)

test('of four gateways that start together, exactly one makes the project and the token', async () => {
  const results = await Promise.all(gateways.map((gateway) => makeFirstStart(gateway, {})))
  const made = results.filter((result) => result.ok && result.value)
  expect(made).toHaveLength(1)
  expect(await listProjects(sql)).toHaveLength(1)
  expect(await listTokens(sql)).toMatchObject([{ admin: true, name: 'admin' }])
})

test('the given id and secret are taken', async () => {
  const command = { projectId: '0123456789abcdef01234567', secret: 'a secret of mine'.replaceAll(' ', '-') + '-1234' }
  expect(await makeFirstStart(sql, command)).toMatchObject({
    ok: true,
    value: { project: { id: command.projectId }, token: { secret: command.secret, admin: true } },
  })
  expect(await makeFirstStart(sql, command)).toEqual({ ok: true, value: undefined })
})

test.each([
  ['id', { projectId: 'nope' }],
  ['secret', { secret: 'too short' }],
])('a bad %s is refused and nothing is made', async (field, command) => {
  expect(await makeFirstStart(sql, command)).toMatchObject({ ok: false, refusal: { kind: 'invalid', field } })
  expect(await listProjects(sql)).toEqual([])
  expect(await listTokens(sql)).toEqual([])
})

test('when the last admin token is gone, the next start makes one and leaves the projects alone', async () => {
  await makeFirstStart(sql, {})
  const before = await listProjects(sql)
  for (const { id } of await listTokens(sql)) await deleteToken(sql, { id })

  expect(await makeFirstStart(sql, {})).toMatchObject({
    ok: true,
    value: { project: undefined, token: { admin: true } },
  })
  expect(await listProjects(sql)).toEqual(before)
})
