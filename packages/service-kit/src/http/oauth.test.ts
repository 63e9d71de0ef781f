import type { IncomingMessage } from 'node:http'
import type { Access, Scope } from '@weldmq/queue-core'
import { expect, test } from 'vitest'
import { authorize, tokenOf } from './oauth.ts'

const request = (authorization: string | undefined, url = '/') =>
  ({ headers: { authorization }, url }) as IncomingMessage

test.each([
  ['OAuth T', '/', 'T'],
  ['oauth T', '/', 'T'],
  ['Bearer T', '/', 'T'],
  ['OAUTH   T  ', '/', 'T'],
  [undefined, '/?oauth=T', 'T'],
  [undefined, '/?x=1&oauth=T%2B', 'T+'],
  ['OAuth H', '/?oauth=Q', 'H'],
  ['OAuth ', '/?oauth=Q', undefined],
  ['OAuth', '/', undefined],
  ['Basic eDp5', '/', undefined],
  ['Basic eDp5', '/?oauth=Q', 'Q'],
  ['OAuthT', '/', undefined],
  [undefined, '/?oauth=', undefined],
  [undefined, '/', undefined],
])('Authorization %j with target %j carries the token %j', (authorization, url, token) => {
  expect(tokenOf(request(authorization, url))).toBe(token)
})

test('a header of blanks takes no longer than it is long (security row 36)', () => {
  expect(tokenOf(request(`OAuth${' '.repeat(500_000)}T T`))).toBeUndefined()
  expect(tokenOf(request(`OAuth${' '.repeat(500_000)}T`))).toBe('T')
})

const core = {
  authorize: async (token: string, project: string): Promise<Access | undefined> =>
    token === 'T' && project === 'mine'
      ? { tokenId: 'id', admin: false, projects: new Set(['mine']), scopes: new Set<Scope>(['produce']) }
      : undefined,
}

test('a token opens its project for its scopes', async () => {
  const access = await authorize(core, request('OAuth T'), 'mine', 'produce')
  expect(access.tokenId).toBe('id')
  await expect(authorize(core, request('OAuth T'), 'mine', 'consume')).rejects.toMatchObject({
    status: 403,
    message: 'This token does not have the scope consume',
  })
})

test.each([
  [undefined, 'mine'],
  ['OAuth wrong', 'mine'],
  ['OAuth T', 'theirs'],
])('Authorization %j in project %s is refused with the same words', async (authorization, project) => {
  await expect(authorize(core, request(authorization), project, 'produce')).rejects.toMatchObject({
    status: 401,
    message: 'Invalid project/token combination',
  })
})
