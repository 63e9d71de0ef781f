import type { HttpEnv } from '@weldmq/service-kit'
import { Hono } from 'hono'
import { docs } from './docs.ts'
import { openApi } from './openapi.ts'
import { type ApiV3Options, type Route, base, serve, servePublic } from './route.ts'
import { addAlerts, deleteAlert, deleteAlerts, replaceAlerts } from './routes/alerts.ts'
import { deleteMessage, findMessage, releaseMessage, touchMessage } from './routes/message.ts'
import { deleteMessages, peekMessages, postMessages } from './routes/messages.ts'
import { pushStatuses } from './routes/push-statuses.ts'
import { deleteQueue, findQueue, listQueues, putQueue, updateQueue } from './routes/queues.ts'
import { reserveMessages } from './routes/reservations.ts'
import { addSubscribers, removeSubscribers, replaceSubscribers, resumeSubscriber } from './routes/subscribers.ts'
import { version } from './routes/version.ts'
import { postWebhook } from './routes/webhook.ts'

export type { ApiV3Options } from './route.ts'

/** Every route of v3 inside a project; the OpenAPI document is made from the same list. */
const routes: Route[] = [
  listQueues,
  putQueue,
  findQueue,
  updateQueue,
  deleteQueue,

  addSubscribers,
  replaceSubscribers,
  removeSubscribers,
  resumeSubscriber,

  addAlerts,
  replaceAlerts,
  deleteAlerts,
  deleteAlert,

  postMessages,
  postWebhook,
  reserveMessages,
  peekMessages,
  deleteMessages,

  findMessage,
  deleteMessage,
  touchMessage,
  releaseMessage,
  pushStatuses,
]

/**
 * REST v3, to be mounted at `/` of an `httpApp`, which gives it its paths, 404 and 405. It holds no state: any number
 * of them may serve one core.
 */
export function apiV3(options: ApiV3Options): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  for (const route of routes) app.on(route.method, base + route.path, serve(options, route))
  for (const page of [version, openApi([...routes, ...(options.beside ?? [])]), ...docs])
    app.get(page.path, servePublic(options, page))
  return app
}
