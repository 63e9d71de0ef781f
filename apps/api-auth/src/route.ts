import type { IncomingMessage } from 'node:http'
import type { Access, Core, Result } from '@weldmq/queue-core'
import { HttpRefusal, type Witness, json, readJson, tokenOf } from '@weldmq/service-kit'
import type { z } from 'zod'
import { answerRefusal } from './refusals.ts'

/** One request to one of our routes. */
export type Call = Witness & {
  core: Core
  incoming: IncomingMessage
  /** The last segment of the path, on routes that have it as `:id`; empty otherwise. */
  id: string
}

export type Route = {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  handle(call: Call): Promise<Response>
}

/** No request to these routes needs more. */
const MAX_REQUEST_BYTES = 262_144

/** What the bearer of the request's token may do; 401 when there is none (auth A4). */
export async function bearer({ core, incoming }: Call): Promise<Access> {
  const token = tokenOf(incoming)
  const access = token === undefined ? undefined : await core.authenticate(token)
  if (!access) throw new HttpRefusal(401, 'Invalid project/token combination')
  return access
}

/** The same for what only admins may do; 403 for everybody else. */
export async function admin(call: Call): Promise<Access> {
  const access = await bearer(call)
  if (!access.admin) throw new HttpRefusal(403, 'An admin token is needed')
  return access
}

/** The body of the request as this schema has it; 400 with the first field that is wrong and its rule. */
export async function bodyOf<S extends z.ZodType>({ incoming }: Call, schema: S): Promise<z.infer<S>> {
  const sent = await readJson(incoming, MAX_REQUEST_BYTES)
  // Null says nothing, as if the field were left out (contract v3 H13a).
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new HttpRefusal(400, `${String(issue.path[0] ?? 'body')} ${issue.message}`)
}

/** The answer to a core operation: its value as JSON with status 200, or the refusal in our words. */
export const reply = <T>({ metrics }: Call, result: Result<T>, value: (value: T) => unknown): Response =>
  result.ok ? json(200, value(result.value)) : answerRefusal(result.refusal, metrics)
