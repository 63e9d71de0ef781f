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

export const base = '/3/projects/:project'

export type ApiV3Options = Witness & {
  core: Core
  /** Bytes of one message's body; more is answered with 413. */
  maxBodyBytes?: number
  /** Bytes of one request's body; more is answered with 413. */
  maxRequestBytes?: number
  /** Whether receivers need a token to acknowledge a delivery (push.md P-4); optional when left out. */
  ackTokens?: 'optional' | 'required'
  /** Routes of others that are served at the same address, for the document. */
  beside?: readonly Described[]
}

/** One request that may go on: its token opens the project, and what its path and body say is readable. */
export type Call<B = unknown> = {
  core: Core
  project: string
  /** Decoded; empty on routes that name no queue. */
  queue: string
  /** As it stands in the path; no such message when it is not a message id. */
  wireId: string
  body: B
  incoming: IncomingMessage
  maxBodyBytes: number
  /** Whether the token may change queues; whoever may not is not shown what opens their subscribers. */
  mayManage: boolean
  /** The answer to a core operation: its value as JSON with status 200, or the refusal in the words of v3. */
  reply<T>(result: Result<T>, value: (value: T) => unknown, status?: number): Response
  /** 400 with that sentence, or 404 when the queue or the message it was meant for is missing, which comes first. */
  refuse(problem: string): Promise<Response>
}

export type Route<B = unknown> = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/3/projects/:project`; the queue is the segment after `queues`, the message id the one after `messages`. */
  path: string
  summary: string
  /** What the token must be allowed; any valid token may call a route without a scope. */
  scope?: Scope
  /** Read as JSON and checked when given; left alone otherwise. */
  body?: z.ZodType<B>
  /** Yes to a body that `body` would hand back as it is, and so need not look at. */
  isPlain?: (sent: Record<string, unknown>) => boolean
  /** The body as the document shows it, where that says more than `body`. */
  shownBody?: z.ZodType
  /** What those without any token may do here; everything else is 401 for them. */
  withoutToken?: {
    /** For the document. */
    when: string
    /** Of the body that is read for it. */
    mostBytes: number
    /** The answer with status 200; false when the request is not such a one, which is then answered like any other. */
    handle(call: Call<B>): Promise<false | object>
  }
  /** Query parameters, for the document; each route reads its own. */
  query?: z.ZodType
  /** The answers that are not errors. */
  answers: Record<number, z.ZodType>
  /** Works on a queue that does not exist, and makes it. */
  creates?: true
  handle(call: Call<B>): Promise<Response>
}

/** As much of a route as the document shows. */
export type Described = Pick<
  Route,
  'method' | 'path' | 'summary' | 'scope' | 'body' | 'shownBody' | 'withoutToken' | 'query' | 'answers'
>

/** Keeps the type of the body between a route's schema and its handler. */
export const route = <B = undefined>(definition: Route<B>): Route<B> => definition

/** A page that needs no token; `type` is what it answers with. */
export type Page = { path: string; summary: string; type: string; handle(path: string): Response | Promise<Response> }

const defaults = { maxBodyBytes: 262_144, maxRequestBytes: 16_777_216 }

/**
 * The frame around every route, in the order of checks of contract v3 1.2: auth (401, 403), body syntax (400), then
 * values (400) unless the queue or the message is missing (404). The rest is the core's.
 */
export function serve(options: ApiV3Options, definition: Route): (c: Context<HttpEnv>) => Promise<Response> {
  const { core, metrics } = options
  const { maxBodyBytes = defaults.maxBodyBytes, maxRequestBytes = defaults.maxRequestBytes } = options
  const { ackTokens = 'optional' } = options
  const { body: schema, isPlain, scope, withoutToken } = definition

  const reply: Call['reply'] = (result, value, status = 200) =>
    result.ok ? json(status, value(result.value)) : answerRefusal(result.refusal, metrics)

  return endpoint(options, `${definition.method} ${base}${definition.path}`, async (c) => {
    const { incoming } = c.env
    const [, , , project = '', , queue = '', , wireId = ''] = c.req.path.split('/')
    const callOf = (access?: Access): Call => {
      const call: Call = {
        core,
        project,
        queue: decodeSegment(queue),
        wireId: decodeSegment(wireId),
        body: undefined,
        incoming,
        maxBodyBytes,
        mayManage: access?.scopes.has('manage') ?? false,
        reply,
        refuse: async (problem) => (await missing(call, definition)) ?? message(400, problem),
      }
      return call
    }
    if (withoutToken && ackTokens === 'optional') {
      const answer = await askedWithoutToken(incoming, async () => {
        const call = callOf()
        const parsed = schema?.safeParse(await readJson(incoming, withoutToken.mostBytes))
        return parsed?.success === true && withoutToken.handle({ ...call, body: parsed.data })
      })
      if (answer) return json(200, answer)
    }
    const access = await authorize(core, incoming, project, scope)
    const sent = schema === undefined ? undefined : await readJson(incoming, maxRequestBytes)
    const call = callOf(access)
    if (sent !== undefined && isPlain?.(sent)) call.body = sent
    else if (schema !== undefined) {
      const parsed = schema.safeParse(sent)
      if (!parsed.success) return call.refuse(problemOf(parsed.error))
      call.body = parsed.data
    }
    return definition.handle(call)
  })
}

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

export function servePublic(options: ApiV3Options, page: Page): (c: Context<HttpEnv>) => Promise<Response> {
  return endpoint(options, `GET ${page.path}`, (c) => page.handle(c.req.path))
}
