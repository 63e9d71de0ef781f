import { type HttpEnv, endpoint, message } from '@weldmq/service-kit'
import { type Context, Hono } from 'hono'
import { countClients } from './client-family.ts'
import { type ApiV2Options, type Route, base, serve } from './route.ts'
import { addAlerts, removeAlert, removeAlerts, replaceAlerts } from './routes/alerts.ts'
import { deleteMessage, findMessage, releaseMessage, touchMessage } from './routes/message.ts'
import { clearQueue, deleteMessages, getMessages, peekMessages, postMessages } from './routes/messages.ts'
import { acknowledge, pushStatuses } from './routes/push-statuses.ts'
import { deleteQueue, findQueue, listQueues, updateQueue } from './routes/queues.ts'
import { addSubscribers, removeSubscribers } from './routes/subscribers.ts'
import { postWebhook } from './routes/webhook.ts'

export type { ApiV2Options } from './route.ts'

/** The routes of v2 inside a project, but for those that share a place with a message's id. */
const routes: Route[] = [
  listQueues,
  findQueue,
  updateQueue,
  deleteQueue,
  clearQueue,

  addSubscribers,
  removeSubscribers,

  addAlerts,
  replaceAlerts,
  removeAlerts,
  removeAlert,

  postMessages,
  getMessages,
  deleteMessages,

  deleteMessage,
  touchMessage,
  releaseMessage,
  pushStatuses,
  acknowledge,
]

/**
 * REST v2, to be mounted at `/` of an `httpApp`, which gives it its paths, 404 and 405. It holds no state: any number
 * of them may serve one core.
 */
export function apiV2(options: ApiV2Options): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  const countClient = countClients(options.metrics.registry)
  const served = (route: Route) => serve({ ...options, countClient }, route)
  for (const route of routes) app.on(route.method, base + route.path, served(route))

  // Hono's quick router, which every door of the gateway shares, takes no word where another path has a parameter.
  const notAllowed = endpoint(options, 'none', () => message(405, 'Method not allowed', { Allow: 'GET, DELETE' }))
  app.get(base + findMessage.path, byWord('/peek', served(peekMessages), served(findMessage)))
  app.post(base + findMessage.path, byWord('/webhook', served(postWebhook), notAllowed))
  return app
}

type Handler = (c: Context<HttpEnv>) => Promise<Response>

const byWord =
  (word: string, at: Handler, elsewhere: Handler): Handler =>
  (c) =>
    c.req.path.endsWith(word) ? at(c) : elsewhere(c)
