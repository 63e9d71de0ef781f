import { expect, test } from 'vitest'
import { startAuth } from './auth.ts'

const { core, send, aToken, aProject, admin, logged } = await startAuth()
const idOf = async (secret: string) => (await core.authenticate(secret))?.tokenId

test('an admin makes a token with nothing said about it', async () => {
  const { status, json } = await send(admin, 'POST', '/1/tokens', '')
  expect(status).toBe(200)
  expect(json).toEqual({
    _id: expect.stringMatching(/^[0-9a-f]{24}$/),
    user_id: '',
    type: 'api',
    name: '',
    token: expect.stringMatching(/^weld_[0-9A-Za-z]{28}$/),
    admin: false,
    projects: [],
    scopes: ['produce', 'consume', 'manage'],
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    expires_at: null,
    last_used_at: null,
  })
})

test('and with everything said', async () => {
  const { id } = await aProject()
  const fields = { name: 'worker', type: 'mine', admin: true, projects: [id], scopes: ['consume'] }
  const { json } = await send(admin, 'POST', '/1/tokens', {
    ...fields,
    expires_in: 3600,
    token: 'my-own-secret-is-not-taken',
  })
  expect(json).toMatchObject(fields)
  expect(json.token).toMatch(/^weld_/)
  expect(Date.parse(json.expires_at) - Date.parse(json.created_at)).toBe(3_600_000)
  expect(await core.authenticate(json.token)).toEqual({
    tokenId: json._id,
    admin: true,
    projects: new Set([id]),
    scopes: new Set(['consume']),
  })
})

test.each([
  [{ name: 1 }, 'name must be a string'],
  [{ type: {} }, 'type must be a string'],
  [{ admin: 'yes' }, 'admin must be true or false'],
  [{ projects: 'all' }, 'projects must be a list of project ids'],
  [{ projects: [1] }, 'projects must be a list of project ids'],
  [{ projects: ['ffffffffffffffffffffffff'] }, 'projects must be ids of existing projects'],
  [{ scopes: 'produce' }, 'scopes must be a list'],
  [{ scopes: ['everything'] }, 'scopes must be some of produce, consume, manage'],
  [{ scopes: [] }, 'scopes must be some of produce, consume, manage'],
  [{ expires_in: '60' }, 'expires_in must be a number of seconds'],
  [{ expires_in: 0 }, 'expires_in must be a whole number of seconds from 1 to 315360000'],
  [{ expires_in: 1.5 }, 'expires_in must be a whole number of seconds from 1 to 315360000'],
  ['[]', 'Request body must be a JSON object'],
])('%j is refused: %s', async (body, msg) => {
  expect(await send(admin, 'POST', '/1/tokens', body)).toEqual({ status: 400, json: { msg } })
})

test('the list shows every token and its last use, but no secret (promise I35)', async () => {
  const secret = await aToken({ name: 'listed' })
  const { status, json } = await send(admin, 'GET', '/1/tokens')
  expect(status).toBe(200)
  const shown = json.tokens.find(({ name }: { name: string }) => name === 'listed')
  expect(shown).toMatchObject({ _id: await idOf(secret), last_used_at: null })
  expect(shown).not.toHaveProperty('token')
  expect(JSON.stringify(json)).not.toContain('weld_')
})

test('a deleted token is refused at once on the gateway that deleted it', async () => {
  const secret = await aToken({ admin: true })
  const id = await idOf(secret)
  expect(await send(admin, 'DELETE', `/1/tokens/${id}`)).toEqual({ status: 200, json: { msg: 'Token deleted' } })
  expect((await send(secret, 'GET', '/1/tokens')).status).toBe(401)
  expect(await send(admin, 'DELETE', `/1/tokens/${id}`)).toEqual({ status: 404, json: { msg: 'Token not found' } })
})

test('tokens are for admins only', async () => {
  const project = await aProject()
  const token = await aToken({ projects: [project.id] })
  const id = await idOf(token)
  for (const [method, path] of [
    ['POST', '/1/tokens'],
    ['GET', '/1/tokens'],
    ['DELETE', `/1/tokens/${id}`],
    ['DELETE', '/1/tokens/unknown'],
  ] as const) {
    expect(await send(token, method, path)).toEqual({ status: 403, json: { msg: 'An admin token is needed' } })
    expect(await send(undefined, method, path)).toMatchObject({ status: 401 })
    expect(await send(id, method, path)).toMatchObject({ status: 401 })
  }
  expect(await idOf(token)).toBe(id)
})

test('no secret is in the log, however it was sent (promise I35)', async () => {
  const { json } = await send(admin, 'POST', '/1/tokens', { name: 'logged', admin: true })
  await send(undefined, 'GET', `/1/tokens?oauth=${json.token}`)
  await send(undefined, 'GET', `/1/projects?a=b&oauth=${json.token}&c=d`)
  await send(json.token, 'POST', '/1/tokens', '{')
  expect(logged()).toContain(json._id)
  expect(logged()).toContain('oauth=[redacted]')
  expect(logged()).not.toContain(json.token)
  expect(logged()).not.toContain(admin)
})
