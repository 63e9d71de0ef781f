import { expect, test } from 'vitest'
import { startAuth } from './auth.ts'

const { send, aToken, aProject, admin } = await startAuth()
const may = (token: string | undefined, project: string) =>
  send(token, 'GET', `/1/authentication?project_id=${project}`)

test('200 with an empty object when the token may use the project', async () => {
  const { id } = await aProject()
  const token = await aToken({ projects: [id], scopes: ['produce'] })
  expect(await may(token, id)).toEqual({ status: 200, json: {} })
  expect(await may(admin, id)).toEqual({ status: 200, json: {} })
  expect(await send(undefined, 'GET', `/1/authentication?project_id=${id}&oauth=${token}`)).toMatchObject({
    status: 200,
  })
})

test('403 and always the same words otherwise, not 401', async () => {
  const mine = await aProject()
  const other = await aProject()
  const token = await aToken({ projects: [mine.id] })
  const refused = { status: 403, json: { msg: 'Invalid project/token combination' } }
  expect(await may(token, other.id)).toEqual(refused)
  expect(await may(token, 'ffffffffffffffffffffffff')).toEqual(refused)
  expect(await may(admin, 'ffffffffffffffffffffffff')).toEqual(refused)
  expect(await may(admin, '')).toEqual(refused)
  expect(await may(admin, '%00')).toEqual(refused)
  expect(await may('unknown', mine.id)).toEqual(refused)
  expect(await may(undefined, mine.id)).toEqual(refused)
  expect(await send(admin, 'GET', '/1/authentication')).toEqual(refused)
})

test('login by e-mail is 403, since there are no users', async () => {
  const answer = await send(undefined, 'POST', '/1/authentication', {
    email: 'admin@example.com',
    password: 'password',
  })
  expect(answer).toEqual({ status: 403, json: { msg: expect.stringContaining('token') } })
})
