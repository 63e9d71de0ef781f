import { testDatabase } from '@weldmq/testing'
import { afterAll, expect, test, vi } from 'vitest'
import { connect } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { createProject } from '../projects/create.ts'
import { deleteProject } from '../projects/delete.ts'
import { Unavailable } from '../refusal.ts'
import { openAccess } from './access.ts'
import { createToken } from './create.ts'
import { deleteToken } from './delete.ts'
import { listTokens } from './list.ts'
import type { CreateToken } from './token.ts'

const database = await testDatabase({ prepare: migrate })
const sql = connect(database, { max: 4, pinned: false, name: 'test' })
afterAll(() => sql.end())

/** A gateway's checks, and how many statements they have cost so far; how many of them wrote down a last use. */
function aGateway() {
  let [statements, writes] = [0, 0]
  const counting = ((...args: Parameters<typeof sql>) => {
    statements++
    if (String(args[0]).includes('last_used_at = now()')) writes++
    return sql(...args)
  }) as typeof sql
  return { ...openAccess(counting), statements: () => statements, writes: () => writes }
}

const aProject = async () => {
  const result = await createProject(sql, { name: 'p' })
  if (!result.ok) throw new Error('refused')
  return result.value.id
}
const aToken = async (command: CreateToken) => {
  const result = await createToken(sql, command)
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return result.value
}

test('a token may use its own projects, an admin token every one, and nobody one that does not exist', async () => {
  const gateway = aGateway()
  const [mine, other] = [await aProject(), await aProject()]
  const token = await aToken({ projects: [mine], scopes: ['produce'] })
  const admin = await aToken({ admin: true })

  expect(await gateway.authorize(token.secret, mine)).toEqual({
    tokenId: token.id,
    admin: false,
    projects: new Set([mine]),
    scopes: new Set(['produce']),
  })
  expect(await gateway.authorize(token.secret, other)).toBeUndefined()
  for (const project of [mine, other]) {
    expect(await gateway.authorize(admin.secret, project)).toMatchObject({ tokenId: admin.id, admin: true })
  }
  for (const nowhere of ['ffffffffffffffffffffffff', '', 'x', 'a\0b', mine.toUpperCase()]) {
    expect(await gateway.authorize(admin.secret, nowhere)).toBeUndefined()
    expect(await gateway.authorize(token.secret, nowhere)).toBeUndefined()
  }
  expect(await gateway.authenticate(token.secret)).toMatchObject({ tokenId: token.id })
  for (const unknown of ['', 'x', token.secret.slice(0, -1), `${token.secret} `, token.id, 'a\0b', '\ud800']) {
    expect(await gateway.authenticate(unknown)).toBeUndefined()
    expect(await gateway.authorize(unknown, mine)).toBeUndefined()
  }
})

test('while a token is in use, its requests cost no statement of their own', async () => {
  const gateway = aGateway()
  const project = await aProject()
  const { secret } = await aToken({ projects: [project] })
  await Promise.all(Array.from({ length: 200 }, () => gateway.authorize(secret, project)))
  expect(gateway.statements()).toBe(2)
  for (let i = 0; i < 200; i++) await gateway.authorize(secret, project)
  expect(gateway.statements()).toBeLessThan(10) // more than 2 only on a machine that stands still for seconds
})

test('many unknown tokens at once are looked up in a few statements', async () => {
  const gateway = aGateway()
  const answers = await Promise.all(Array.from({ length: 1500 }, (_, i) => gateway.authenticate(`nobody ${i}`)))
  expect(answers.every((answer) => answer === undefined)).toBe(true)
  expect(gateway.statements()).toBeLessThanOrEqual(3)
})

test('a token or project that is deleted elsewhere is refused within 5 s, and at once where it was not in use', async () => {
  const [gateway, elsewhere] = [aGateway(), aGateway()]
  const [kept, gone] = [await aProject(), await aProject()]
  const revoked = await aToken({ projects: [kept] })
  const admin = await aToken({ admin: true })
  expect(await gateway.authorize(revoked.secret, kept)).toBeDefined()
  expect(await gateway.authorize(admin.secret, gone)).toBeDefined()
  await deleteToken(sql, { id: revoked.id })
  await deleteProject(sql, { id: gone })

  expect(await elsewhere.authorize(revoked.secret, kept)).toBeUndefined()
  expect(await elsewhere.authorize(admin.secret, gone)).toBeUndefined()
  const refused = async () => {
    expect(await gateway.authorize(revoked.secret, kept)).toBeUndefined()
    expect(await gateway.authorize(admin.secret, gone)).toBeUndefined()
  }
  await vi.waitFor(refused, { timeout: 15_000, interval: 100 })
  expect(await gateway.authorize(admin.secret, kept)).toBeDefined()
})

test('the gateway that deletes forgets at once', async () => {
  const gateway = aGateway()
  const token = await aToken({ admin: true })
  expect(await gateway.authenticate(token.secret)).toBeDefined()
  await deleteToken(sql, { id: token.id })
  gateway.forget()
  expect(await gateway.authenticate(token.secret)).toBeUndefined()
})

test('an expired token is refused on time, also from memory', async () => {
  const gateway = aGateway()
  const isTaken = async (secret: string) => (await gateway.authenticate(secret)) !== undefined
  const beforeAndAfter = async () => {
    const { secret } = await aToken({ admin: true, expiresInSeconds: 1 })
    const before = await isTaken(secret)
    await new Promise((resolve) => setTimeout(resolve, 1010))
    return [before, await isTaken(secret)]
  }
  // Again when the second was over before the first look.
  await expect.poll(beforeAndAfter).toEqual([true, false])
})

test('the last use is written down, once for many requests', async () => {
  const gateway = aGateway()
  const { id, secret } = await aToken({ admin: true })
  for (let i = 0; i < 100; i++) await gateway.authenticate(secret)
  await gateway.stop()
  expect(gateway.writes()).toBe(1)
  const used = (await listTokens(sql)).find((token) => token.id === id)!
  expect(used.lastUsedAt!.getTime()).toBeGreaterThanOrEqual(used.createdAt.getTime())

  const other = aGateway()
  await other.authenticate(secret)
  await other.stop()
  expect(other.writes()).toBe(0)
})

test('without Postgres it says Unavailable, and that it is nobody says nothing about the token', async () => {
  const nowhere = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing' }, { max: 1, pinned: false, name: 'test' })
  const gateway = openAccess(nowhere)
  await expect(gateway.authenticate('whatever')).rejects.toThrow(Unavailable)
  await expect(gateway.authorize('whatever', 'ffffffffffffffffffffffff')).rejects.toThrow(Unavailable)
  await nowhere.end({ timeout: 0 })
})
