import { expect, test } from 'vitest'
import { startAuth } from './auth.ts'

const { core, send, aToken, aProject, admin, logged } = await startAuth()
const nobody = { status: 401, json: { msg: 'Invalid project/token combination' } }
const adminsOnly = { status: 403, json: { msg: 'An admin token is needed' } }
const notFound = { status: 404, json: { msg: 'Project not found' } }

test('an admin makes a project, answered both bare and inside "project"', async () => {
  const { status, json } = await send(admin, 'POST', '/1/projects', { name: 'My project', oauth: admin, flags: null })
  const project = {
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    user_id: '',
    name: 'My project',
    type: '',
    partner: '',
    status: '',
    flags: {},
    shared_with: [],
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  }
  expect(status).toBe(200)
  expect(json).toEqual({ project, ...project })
  expect(await send(admin, 'GET', `/1/projects/${json.id}`)).toEqual({ status: 200, json })
  expect(logged()).toContain(json.id)
})

test('an id cannot be chosen from outside', async () => {
  const id = 'aaaaaaaaaaaaaaaaaaaaaaaa'
  const { json } = await send(admin, 'POST', '/1/projects', { name: 'x', id })
  expect(json.id).not.toBe(id)
})

test.each([
  [{}, 'name must be a string'],
  [{ name: null }, 'name must be a string'],
  [{ name: 7 }, 'name must be a string'],
  [{ name: '' }, 'name must not be empty'],
  [{ name: 'x'.repeat(256) }, 'name must be at most 255 characters long'],
  [{ name: 'a\0b' }, 'name must be valid text without control characters'],
  ['"x"', 'Request body must be a JSON object'],
  ['{', 'Request body is not valid JSON'],
])('%j is refused: %s', async (body, msg) => {
  expect(await send(admin, 'POST', '/1/projects', body)).toEqual({ status: 400, json: { msg } })
})

test('an admin sees all projects, everybody else their own', async () => {
  const [mine, other] = [await aProject('mine'), await aProject('other')]
  const token = await aToken({ projects: [mine.id] })
  const ids = async (as: string) =>
    (await send(as, 'GET', '/1/projects')).json.projects.map(({ id }: { id: string }) => id)
  expect(await ids(token)).toEqual([mine.id])
  expect(await ids(admin)).toEqual(expect.arrayContaining([mine.id, other.id]))
  expect(await ids(await aToken({}))).toEqual([])

  expect((await send(token, 'GET', `/1/projects/${mine.id}`)).status).toBe(200)
  expect(await send(token, 'GET', `/1/projects/${other.id}`)).toEqual(notFound)
  expect(await send(token, 'GET', '/1/projects/ffffffffffffffffffffffff')).toEqual(notFound)
})

test('a deleted project is gone with its queues', async () => {
  const project = await aProject()
  const token = await aToken({ projects: [project.id] })
  await core.postMessages({ project: project.id, queue: 'jobs', messages: [{ body: Buffer.from('x') }] })

  expect(await send(admin, 'DELETE', `/1/projects/${project.id}`)).toEqual({
    status: 200,
    json: { msg: 'Project deleted' },
  })

  expect(await send(admin, 'DELETE', `/1/projects/${project.id}`)).toEqual(notFound)
  expect(await send(admin, 'GET', `/1/projects/${project.id}`)).toEqual(notFound)
  expect(await core.listQueues({ project: project.id })).toEqual([])
  expect(await core.authorize(token, project.id)).toBeUndefined()
  expect(await core.authorize(admin, project.id)).toBeUndefined()
})

test('changes are for admins, and nothing is for nobody', async () => {
  const { id } = await aProject()
  const token = await aToken({ projects: [id] })
  const changes = [
    ['POST', '/1/projects', { name: 'x' }],
    ['DELETE', `/1/projects/${id}`],
    ['DELETE', '/1/projects/ffffffffffffffffffffffff'],
  ] as const
  const looks = [
    ['GET', '/1/projects'],
    ['GET', `/1/projects/${id}`],
  ] as const
  for (const [method, path, body] of changes) expect(await send(token, method, path, body)).toEqual(adminsOnly)
  for (const as of [undefined, '', 'unknown']) {
    for (const [method, path] of [...changes, ...looks]) expect(await send(as, method, path)).toEqual(nobody)
  }
  expect((await core.findProject({ id })).ok).toBe(true)
})

test('odd ids are not found, odd methods not allowed', async () => {
  for (const id of ['x', '%00', '%27%20or%20true', 'a'.repeat(300), '%E4']) {
    expect(await send(admin, 'GET', `/1/projects/${id}`)).toEqual(notFound)
    expect(await send(admin, 'DELETE', `/1/projects/${id}`)).toEqual(notFound)
  }
  expect((await send(admin, 'PUT', '/1/projects')).status).toBe(405)
  expect((await send(admin, 'PATCH', '/1/tokens')).status).toBe(405)
  expect((await send(admin, 'GET', '/1/users')).status).toBe(404)
})
