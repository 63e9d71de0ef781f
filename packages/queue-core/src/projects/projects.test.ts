import { testDatabase } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { connect } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { createToken } from '../tokens/create.ts'
import { listTokens } from '../tokens/list.ts'
import { createProject } from './create.ts'
import { deleteProject } from './delete.ts'
import { findProject } from './find.ts'
import { listProjects } from './list.ts'

const database = await testDatabase({ prepare: migrate })
const sql = connect(database, { max: 2, pinned: false, name: 'test' })
afterAll(() => sql.end())

const aProject = async (name = 'a project') => {
  const result = await createProject(sql, { name })
  if (!result.ok) throw new Error('refused')
  return result.value
}

test('a project gets an id of 24 hex characters and is found by it', async () => {
  const project = await aProject('söme näme')
  expect(project).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    name: 'söme näme',
    createdAt: expect.any(Date),
  })
  expect(await findProject(sql, { id: project.id })).toEqual({ ok: true, value: project })
  expect(await listProjects(sql)).toContainEqual(project)
})

test('a given id is kept, and refused when it is taken', async () => {
  const id = '0123456789abcdef01234567'
  expect(await createProject(sql, { name: 'first', id })).toMatchObject({ ok: true, value: { id } })
  expect(await createProject(sql, { name: 'second', id })).toEqual({
    ok: false,
    refusal: { kind: 'invalid', field: 'id', rule: 'is the id of another project' },
  })
})

test.each([
  ['id', { name: 'x', id: '0123456789ABCDEF01234567' }],
  ['id', { name: 'x', id: '0123456789abcdef0123456' }],
  ['id', { name: 'x', id: '' }],
  ['name', { name: '' }],
  ['name', { name: 'x'.repeat(256) }],
  ['name', { name: 'a\0b' }],
  ['name', { name: 'a\nb' }],
  ['name', { name: 'a\ud800b' }],
])('a bad %s is refused: %j', async (field, command) => {
  expect(await createProject(sql, command)).toMatchObject({ ok: false, refusal: { kind: 'invalid', field } })
})

test('what is not there is not found, whatever the id looks like', async () => {
  for (const id of ['ffffffffffffffffffffffff', '', 'x', "' or true --", 'a\0b']) {
    expect(await findProject(sql, { id })).toEqual({ ok: false, refusal: { kind: 'project_not_found', project: id } })
    expect(await deleteProject(sql, { id })).toEqual({ ok: false, refusal: { kind: 'project_not_found', project: id } })
  }
})

test('a deleted project takes its queues, its idempotency keys and the rights of its tokens with it', async () => {
  const gone = await aProject()
  const kept = await aProject()
  for (const { id } of [gone, kept]) {
    await sql`
      with q as (insert into weldmq.queues (project_id, name) values (${id}, 'jobs') returning id)
      insert into weldmq.queue_state (queue_id, message_timeout, message_expiration, prios, marks)
      select id, 60, 604800, '{}', '{}' from q`
    await sql`
      insert into weldmq.idempotency_keys (project_id, key, fingerprint, ids) values (${id}, 'k', '\\x00', '{1}')`
  }
  const token = await createToken(sql, { projects: [gone.id, kept.id] })

  expect(await deleteProject(sql, { id: gone.id })).toEqual({ ok: true, value: undefined })

  expect(await findProject(sql, { id: gone.id })).toMatchObject({ ok: false })
  const left = await sql`
    select project_id, (select count(*)::int from weldmq.queue_state s where s.queue_id = q.id) as states
      from weldmq.queues q`
  expect([...left]).toEqual([{ project_id: kept.id, states: 1 }])
  expect([...(await sql`select count(*)::int as n from weldmq.deleted_queues`)]).toEqual([{ n: 1 }])
  expect([...(await sql`select project_id from weldmq.idempotency_keys`)]).toEqual([{ project_id: kept.id }])
  const tokens = await listTokens(sql)
  expect(tokens.find(({ id }) => token.ok && id === token.value.id)?.projects).toEqual([kept.id])
})
