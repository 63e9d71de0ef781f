import { testDatabase } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { connect } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { createProject } from '../projects/create.ts'
import { createToken } from './create.ts'
import { deleteToken } from './delete.ts'
import { listTokens } from './list.ts'
import { hashOf } from './secret.ts'
import type { CreateToken } from './token.ts'

const database = await testDatabase({ prepare: migrate })
const sql = connect(database, { max: 2, pinned: false, name: 'test' })
afterAll(() => sql.end())

const made = async (command: CreateToken & { secret?: string } = {}) => {
  const result = await createToken(sql, command)
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.value
}

test('a token with nothing said about it may do everything in no project, and has no end', async () => {
  const { secret, ...token } = await made()
  expect(secret).toMatch(/^weld_/)
  expect(token).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    name: '',
    type: 'api',
    admin: false,
    projects: [],
    scopes: ['produce', 'consume', 'manage'],
    createdAt: expect.any(Date),
    expiresAt: undefined,
    lastUsedAt: undefined,
  })
  expect((await listTokens(sql)).find(({ id }) => id === token.id)).toEqual(token)
})

test('what is said about it is kept, once each, and the end is counted from the database clock', async () => {
  const project = await createProject(sql, { name: 'p' })
  if (!project.ok) throw new Error('refused')
  const { id } = project.value
  const token = await made({
    name: 'worker',
    type: 'mine',
    admin: true,
    projects: [id, id],
    scopes: ['consume', 'consume'],
    expiresInSeconds: 60,
  })
  expect(token).toMatchObject({ name: 'worker', type: 'mine', admin: true, projects: [id], scopes: ['consume'] })
  expect(token.expiresAt!.getTime() - token.createdAt.getTime()).toBe(60_000)
})

test('the secret is nowhere in the database, only its hash (promise I35)', async () => {
  const { secret } = await made({ name: 'kept' })
  const rows = await sql<{ row: string }[]>`select t::text as row from weldmq.tokens t`
  const all = rows.map(({ row }) => row).join('\n')
  expect(all).not.toContain(secret)
  expect(all).not.toContain(Buffer.from(secret).toString('hex'))
  expect(all).toContain(hashOf(secret))
})

test('a given secret is taken once', async () => {
  const secret = 'given-for-the-first-start'
  expect((await made({ secret })).secret).toBe(secret)
  expect(await createToken(sql, { secret })).toEqual({
    ok: false,
    refusal: { kind: 'invalid', field: 'secret', rule: 'is the secret of another token' },
  })
})

test.each<[string, object]>([
  ['name', { name: 'x'.repeat(256) }],
  ['name', { name: 'a\0b' }],
  ['type', { type: 'a\u0007b' }],
  ['projects', { projects: ['ffffffffffffffffffffffff'] }],
  ['projects', { projects: ['a\0b'] }],
  ['projects', { projects: Array.from({ length: 1001 }, () => 'ffffffffffffffffffffffff') }],
  ['scopes', { scopes: [] }],
  ['scopes', { scopes: ['admin'] }],
  ['expiresInSeconds', { expiresInSeconds: 0 }],
  ['expiresInSeconds', { expiresInSeconds: 1.5 }],
  ['expiresInSeconds', { expiresInSeconds: NaN }],
  ['expiresInSeconds', { expiresInSeconds: 315_360_001 }],
  ['secret', { secret: 'nineteen-characters' }],
  ['secret', { secret: 'with spaces in between it' }],
  ['secret', { secret: 'not only ascii: ä'.replaceAll(' ', '') + 'xxxxx' }],
])('a bad %s is refused by name and rule, and nothing is stored', async (field, command) => {
  const before = await listTokens(sql)
  expect(await createToken(sql, command as CreateToken)).toEqual({
    ok: false,
    refusal: { kind: 'invalid', field, rule: expect.any(String) },
  })
  expect(await listTokens(sql)).toEqual(before)
})

test('a deleted token is gone, and cannot be deleted again', async () => {
  const { id } = await made()
  expect(await deleteToken(sql, { id })).toEqual({ ok: true, value: undefined })
  expect((await listTokens(sql)).some((token) => token.id === id)).toBe(false)
  for (const wrong of [id, '', 'x', 'a\0b']) {
    expect(await deleteToken(sql, { id: wrong })).toEqual({
      ok: false,
      refusal: { kind: 'token_not_found', id: wrong },
    })
  }
})
