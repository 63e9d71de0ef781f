import type { Scope } from '@weldmq/queue-core'
import type { z } from 'zod'
import { problemOf } from '@weldmq/v3-wire'
import type { Connection } from '../connection.ts'
import type { Frame } from '../read-frame.ts'
import type { Re } from '../write-frame.ts'

/** Does what a frame asks for and answers it; what it throws becomes an `error` frame. */
export type Handler = (connection: Connection, sent: Frame, re: Re) => void | Promise<void>

/** What the frame says by this schema; undefined once the client was told what is wrong with it. */
export function read<S extends z.ZodType>(
  connection: Connection,
  sent: Frame,
  re: Re,
  schema: S,
): z.output<S> | undefined {
  const parsed = schema.safeParse(sent)
  if (parsed.success) return parsed.data
  const sub = typeof sent['sub'] === 'string' ? { sub: sent['sub'] } : {}
  connection.fail(re, { code: 'invalid', msg: problemOf(parsed.error), temporary: false }, sub)
  return undefined
}

/** Whether its token or ticket allows that on this queue; if not, it has been told. */
export function may(connection: Connection, re: Re, scope: Scope, queue: string): boolean {
  const { scopes, queue: only } = connection.bearer!
  if (scopes.has(scope) && (only === undefined || only === queue)) return true
  const msg = scopes.has(scope) ? 'This ticket is for another queue' : `This token does not have the scope ${scope}`
  connection.fail(re, { code: 'forbidden', msg, temporary: false })
  return false
}
