import type { Handler } from './handler.ts'

/** Lets a connection in whose upgrade brought no credentials. */
export const hello: Handler = async (connection, { token, ticket }, re) => {
  if (connection.bearer) {
    connection.fail(re, { code: 'invalid', msg: 'This connection has been let in already', temporary: false })
    return
  }
  const given = (value: unknown): value is string => typeof value === 'string' && value !== ''
  await connection.logIn(given(ticket) ? { ticket } : { token: given(token) ? token : '' }, re)
}
