import { json, message, queryOf, tokenOf } from '@weldmq/service-kit'
import type { Route } from '../route.ts'

/** Whether the token may use the project: `{}` or 403, which here also stands for a missing or unknown token. */
export const checkAccess: Route = {
  method: 'GET',
  path: '/1/authentication',
  async handle({ core, incoming }) {
    const token = tokenOf(incoming)
    const project = queryOf(incoming).get('project_id') ?? ''
    const access = token === undefined ? undefined : await core.authorize(token, project)
    return access ? json(200, {}) : message(403, 'Invalid project/token combination')
  },
}

/** Login with e-mail and password: always 403, since there are no users. */
export const logIn: Route = {
  method: 'POST',
  path: '/1/authentication',
  handle: async () => message(403, 'Login by e-mail and password is not available; use a token'),
}
