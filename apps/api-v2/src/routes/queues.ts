import { type PushSettings, queueWithoutCredentials } from '@weldmq/queue-core'
import { json } from '@weldmq/service-kit'
import { limits } from '@weldmq/v3-wire'
import type { z } from 'zod'
import { QueuesQuery, UpdateBody } from '../bodies.ts'
import { queryObject } from '../query.ts'
import { named, route } from '../route.ts'
import { showQueue } from '../show.ts'

/** A bare list, and an empty one beyond the last page (contract v2 L1, L4). */
export const listQueues = route({
  method: 'GET',
  path: '/queues',
  creates: true,
  async handle(call) {
    const query = QueuesQuery.safeParse(queryObject(call.incoming))
    if (!query.success) return call.refuse(query.error)
    const { page = 0, per_page: count = limits.perPage.default } = query.data
    const queues = await call.core.listQueuePage({ project: call.project, page, count })
    return json(
      200,
      queues.map(({ id, name }) => ({ id, project_id: call.project, name })),
    )
  },
})

export const findQueue = route({
  method: 'GET',
  path: '/queues/:queue',
  handle: async (call) =>
    call.reply(await call.core.findQueue(named(call)), (queue) =>
      showQueue(call.mayManage ? queue : queueWithoutCredentials(queue)),
    ),
})

/** Creates the queue, or changes the one that exists (contract v2 U1, U3). */
export const updateQueue = route({
  method: 'POST',
  path: '/queues/:queue',
  scope: 'manage',
  body: UpdateBody,
  creates: true,
  handle: async (call) =>
    call.reply(await call.core.changePush({ ...named(call), settings: settingsOf(call.body) }), showQueue),
})

export const deleteQueue = route({
  method: 'DELETE',
  path: '/queues/:queue',
  scope: 'manage',
  handle: async (call) => call.reply(await call.core.deleteQueue(named(call)), () => ({ msg: 'Deleted.' })),
})

function settingsOf({ push_type, retries, retries_delay, error_queue, subscribers }: z.infer<typeof UpdateBody>) {
  const settings: PushSettings = {}
  if (push_type !== undefined) settings.type = push_type
  if (retries !== undefined) settings.retries = retries
  if (retries_delay !== undefined) settings.retriesDelaySeconds = retries_delay
  if (error_queue !== undefined) settings.errorQueue = error_queue
  if (subscribers !== undefined) settings.subscribers = subscribers.map(newSubscriber)
  return settings
}

/** A subscriber as the core takes it, for whom a key without a value is not the same as no key. */
export const newSubscriber = ({ url, headers }: { url: string; headers?: Record<string, string> | undefined }) =>
  headers === undefined ? { url } : { url, headers }
