import { type Core, type Scope, scopes } from '@weldmq/queue-core'
import {
  type HttpEnv,
  HttpRefusal,
  type Witness,
  authorize,
  endpoint,
  json,
  message,
  readJson,
} from '@weldmq/service-kit'
import { problemOf } from '@weldmq/v3-wire'
import { Hono } from 'hono'
import { z } from 'zod'
import { problemOfRefusal } from './refusals.ts'

const base = '/3/projects/:project'
const path = '/stream/tickets'
const MAX_REQUEST_BYTES = 16_384

const verbs = scopes.filter((scope) => scope !== 'manage')
const TicketBody = z.object({
  queue: z.string(),
  verbs: z
    .array(z.enum(verbs, `must be some of ${verbs.join(', ')}`))
    .min(1, 'must not be empty')
    .optional(),
})

const TicketAnswer = z.object({ ticket: z.string(), expires_in: z.int() })

/** The route below `/3/projects/{project_id}`, for the document of REST v3 where that is served beside it. */
export const ticketShown = {
  method: 'POST' as const,
  path,
  summary: 'A ticket for one connection to the live stream, of a queue and for verbs that the token may use',
  body: TicketBody,
  answers: { 201: TicketAnswer },
}

/** Makes tickets, for web pages that are not to know a token; to be mounted at `/` of an `httpApp`. */
export function ticketRoute({ core, ...witness }: Witness & { core: Core }): Hono<HttpEnv> {
  const handle = endpoint(witness, `POST ${base}${path}`, async (c) => {
    const { incoming } = c.env
    const project = c.req.path.split('/')[3] ?? ''
    const access = await authorize(core, incoming, project, undefined)
    const asked = TicketBody.safeParse(await readJson(incoming, MAX_REQUEST_BYTES))
    if (!asked.success) return message(400, problemOf(asked.error))
    const wanted = [...new Set<Scope>(asked.data.verbs ?? ['consume'])]
    const lacking = wanted.find((scope) => !access.scopes.has(scope))
    if (lacking) throw new HttpRefusal(403, `This token does not have the scope ${lacking}`)
    const { tokenId } = access
    const result = await core.createTicket({ project, queue: asked.data.queue, scopes: wanted, tokenId })
    if (!result.ok) return message(400, problemOfRefusal(result.refusal).msg)
    return json(201, { ticket: result.value.ticket, expires_in: result.value.expiresInSeconds })
  })
  return new Hono<HttpEnv>().post(base + path, handle)
}
