import type { IncomingMessage } from 'node:http'
import type { Access, Core, Result, Scope } from '@weldmq/queue-core'
import {
  type HttpEnv,
  type Witness,
  askedWithoutToken,
  authorize,
  decodeSegment,
  endpoint,
  json,
  message,
  readJson,
} from '@weldmq/service-kit'
import { fromWireId, problemOf } from '@weldmq/v3-wire'
import type { Context } from 'hono'
import type { z } from 'zod'
import { answerRefusal } from './refusals.ts'
import { isMissing } from './bodies.ts'

export const base = '/1/projects/:project'

export type ApiV2Options = Witness & {
  core: Core
  /** Bytes of one message's body; more is answered with 413. */
  maxBodyBytes?: number
  /** Bytes of one request's body; more is answered with 413. */
  maxRequestBytes?: number
  /** Whether receivers need a token to acknowledge a delivery (push.md P-4); optional when left out. */
  ackTokens?: 'optional' | 'required'
}

/** One request that may go on: its token opens the project, and what its path and body say is readable. */
export type Call<B = unknown> = {
  core: Core
  project: string
  /** Decoded; empty on routes that name no queue. */
  queue: string
  /** As it stands in the path behind `messages` or `alerts`; no such thing when it is not an id. */
  wireId: string
  /** The last segment of a delivery's path. */
  deliveryId: string
  body: B
  incoming: IncomingMessage
  maxBodyBytes: number
  /** Whether the token may change queues; whoever may not is not shown what opens their subscribers. */
  mayManage: boolean
  /** The answer to a core operation: its value as JSON with status 200, or the refusal in the words of v2. */
  reply<T>(result: Result<T>, value: (value: T) => unknown): Response
  /** 406 or 400 with what is wrong, or 404 when the queue or the message it was meant for is missing, which comes first. */
  refuse(problem: z.ZodError): Promise<Response>
}

export type Route<B = unknown> = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/1/projects/:project`; the queue is the segment after `queues`, the message id the one after `messages`. */
  path: string
  /** What the token must be allowed; any valid token may call a route without a scope. */
  scope?: Scope
  /** Read as JSON, and checked. A route with `reads` of false leaves the body alone. */
  body?: z.ZodType<B>
  reads?: false
  /** Yes to a body that `body` would hand back as it is, and so need not look at. */
  isPlain?: (sent: Record<string, unknown>) => boolean
  /** Works on a queue that does not exist. */
  creates?: true
  /**
   * The answer to those without any token; false when they may not have one, which is then 401 as everywhere. The body is
   * not read.
   */
  withoutToken?(call: Call): Promise<false | object>
  handle(call: Call<B>): Promise<Response>
}

/** Keeps the type of the body between a route's schema and its handler. */
export const route = <B = undefined>(definition: Route<B>): Route<B> => definition

const defaults = { maxBodyBytes: 262_144, maxRequestBytes: 16_777_216 }

type ServeOptions = ApiV2Options & { countClient(project: string, userAgent: string | undefined): void }

/**
 * The frame around every route, in the order of checks of both contracts: auth (401, 403), body syntax (400), then
 * values (406 when one is missing, 400 when it is wrong) unless the queue or the message is missing (404). The rest is
 * the core's.
 */
export function serve(options: ServeOptions, definition: Route): (c: Context<HttpEnv>) => Promise<Response> {
  const { core, metrics, countClient, ackTokens = 'optional' } = options
  const { maxBodyBytes = defaults.maxBodyBytes, maxRequestBytes = defaults.maxRequestBytes } = options
  const { body: schema, isPlain, scope, method } = definition
  const reads = method !== 'GET' && definition.reads !== false

  const reply: Call['reply'] = (result, value) =>
    result.ok ? json(200, value(result.value)) : answerRefusal(result.refusal, metrics)

  return endpoint(options, `${method} ${base}${definition.path}`, async (c) => {
    const { incoming } = c.env
    const [, , , project = '', , queue = '', , wireId = '', , deliveryId = ''] = c.req.path.split('/')
    const callOf = (access?: Access): Call => {
      const call: Call = {
        core,
        project,
        queue: decodeSegment(queue),
        wireId: decodeSegment(wireId),
        deliveryId: decodeSegment(deliveryId),
        body: undefined,
        incoming,
        maxBodyBytes,
        mayManage: access?.scopes.has('manage') ?? false,
        reply,
        refuse: async (problem) => (await missing(call, definition)) ?? answerProblem(problem),
      }
      return call
    }
    if (definition.withoutToken && ackTokens === 'optional') {
      const answer = await askedWithoutToken(incoming, async () => definition.withoutToken!(callOf()))
      if (answer) return json(200, answer)
    }
    const access = await authorize(core, incoming, project, scope)
    countClient(project, incoming.headers['user-agent'])
    // Read even where nothing in it matters: what is no JSON object is a mistake on every route (contract v3 H10).
    const sent = reads ? await readJson(incoming, maxRequestBytes) : undefined
    const call = callOf(access)
    if (sent !== undefined && isPlain?.(sent)) call.body = sent
    else if (schema !== undefined) {
      const parsed = schema.safeParse(sent)
      if (!parsed.success) return call.refuse(parsed.error)
      call.body = parsed.data
    }
    return definition.handle(call)
  })
}

/** 406 for what is required and absent, 400 for what is there and wrong (contract v2, section 1). */
const answerProblem = (problem: z.ZodError) => message(isMissing(problem) ? 406 : 400, problemOf(problem))

/** The 404 that comes before a 400; looked for only when there is one to say. */
async function missing(call: Call, definition: Route): Promise<Response | undefined> {
  if (definition.creates === true) return undefined
  const result: Result<unknown> = definition.path.includes('/messages/:id')
    ? await onMessage(call, (messageId) => call.core.findMessage({ ...named(call), messageId }))
    : await call.core.findQueue(named(call))
  return result.ok ? undefined : call.reply(result, () => undefined)
}

/** Runs an operation on the message of the path; a word that is no message id is answered like a missing message. */
export async function onMessage<T>(
  call: Call,
  operation: (messageId: number) => Promise<Result<T>>,
): Promise<Result<T>> {
  const messageId = fromWireId(call.wireId)
  if (messageId !== undefined) return operation(messageId)
  const queue = await call.core.findQueue(named(call))
  return queue.ok ? { ok: false, refusal: { kind: 'message_not_found', id: 0 } } : queue
}

/** The queue a call is about, in the core's words. */
export const named = ({ project, queue }: Call) => ({ project, queue })
