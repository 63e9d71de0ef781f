import type { Push, Queue, QueueSettings, QueueWithSize } from '@weldmq/queue-core'
import { json, message, queryOf } from '@weldmq/service-kit'
import {
  Msg,
  QueueAnswer,
  QueueBody,
  QueueWithSizeAnswer,
  QueuesAnswer,
  QueuesQuery,
  given,
  limits,
} from '@weldmq/v3-wire'
import type { z } from 'zod'
import { type Call, named, route } from '../route.ts'
import { fromWire, showAlert } from './alerts.ts'

type Body = z.infer<typeof QueueBody>

/** Names only, in byte order; `queues` is the one key (contract v3 L1). */
export const listQueues = route({
  method: 'GET',
  path: '/queues',
  summary: 'List queues',
  query: QueuesQuery,
  answers: { 200: QueuesAnswer },
  async handle({ core, project, incoming }) {
    const query = queryOf(incoming)
    const perPage = query.get('per_page') ?? ''
    if (!/^-?\d*$/.test(perPage)) return message(400, 'per_page must be an integer')
    const names = await core.listQueues({
      project,
      count: Number(perPage) > 0 ? Math.min(Number(perPage), limits.perPage.max) : limits.perPage.default,
      ...filled('previous', query.get('previous')),
      ...filled('prefix', query.get('prefix')),
    })
    return json(200, { queues: names.map((name) => ({ name })) })
  },
})

export const findQueue = route({
  method: 'GET',
  path: '/queues/:queue',
  summary: 'Get queue info',
  answers: { 200: QueueWithSizeAnswer },
  handle: async (call) => call.reply(await call.core.findQueue(named(call)), showWithSize),
})

/** Creates the queue, or updates the one that exists (contract v3 C3). */
export const putQueue = route({
  method: 'PUT',
  path: '/queues/:queue',
  summary: 'Create or update a queue',
  scope: 'manage',
  body: QueueBody,
  answers: { 200: QueueAnswer },
  creates: true,
  async handle(call) {
    return (
      (await refuseUnsupported(call)) ??
      call.reply(await call.core.putQueue({ ...named(call), settings: settingsOf(call.body) }), show)
    )
  },
})

export const updateQueue = route({
  method: 'PATCH',
  path: '/queues/:queue',
  summary: 'Update a queue',
  scope: 'manage',
  body: QueueBody,
  answers: { 200: QueueWithSizeAnswer },
  async handle(call) {
    return (
      (await refuseUnsupported(call, 'must exist')) ??
      call.reply(await call.core.updateQueue({ ...named(call), settings: settingsOf(call.body) }), showWithSize)
    )
  },
})

export const deleteQueue = route({
  method: 'DELETE',
  path: '/queues/:queue',
  summary: 'Delete a queue with all its messages',
  scope: 'manage',
  answers: { 200: Msg },
  handle: async (call) => call.reply(await call.core.deleteQueue(named(call)), () => ({ msg: 'Deleted' })),
})

/**
 * What cannot be done about a queue's type and deliveries; undefined when nothing of it is asked for, which costs no
 * query, or what is asked for is what it is. Push queues are made at other doors only.
 */
async function refuseUnsupported(call: Call<Body>, mustExist?: 'must exist'): Promise<Response | undefined> {
  const { type, push } = call.body.queue ?? {}
  if (type === undefined && push === undefined) return undefined

  const found = await call.core.findQueue(named(call))
  if (!found.ok && mustExist) return call.reply(found, () => undefined)
  const is = found.ok ? found.value.type : 'pull'
  if (found.ok && type !== undefined && type !== is) {
    return call.reply({ ok: false, refusal: { kind: 'queue_type_fixed', queue: call.queue } }, () => undefined)
  }
  if (push === undefined && (type ?? is) === is) return undefined
  const staysPull = is === 'pull' && (found.ok || type === 'pull')
  return message(
    400,
    staysPull ? 'queue.push must not be given for a pull queue' : 'Push queues are not supported by this version',
  )
}

function settingsOf({ queue = {} }: Body): QueueSettings {
  const { message_timeout, message_expiration, dead_letter, alerts } = queue
  return {
    ...filled('messageTimeoutSeconds', given(message_timeout)),
    ...filled('messageExpirationSeconds', given(message_expiration)),
    ...(dead_letter && {
      deadLetter: {
        ...(dead_letter.queue_name !== undefined && { queueName: dead_letter.queue_name }),
        ...filled('maxReservations', dead_letter.max_reservations),
      },
    }),
    ...(alerts && { alerts: fromWire(alerts) }),
  }
}

/** All four keys, always: one client needs them (clients.md 2.16). */
const showPush = ({ retries, retriesDelaySeconds, errorQueue = '', subscribers }: Push) => ({
  retries,
  retries_delay: retriesDelaySeconds,
  error_queue: errorQueue,
  subscribers: subscribers.map(({ name, url, headers }) => ({ name, url, ...(headers && { headers }) })),
})

/** The queue object of section 2; `push` only of a push queue, `dead_letter` and `alerts` only when there are any. */
const show = (queue: Queue) => ({
  queue: {
    project_id: queue.projectId,
    name: queue.name,
    message_timeout: queue.messageTimeoutSeconds,
    message_expiration: queue.messageExpirationSeconds,
    type: queue.type,
    ...(queue.push && { push: showPush(queue.push) }),
    ...(queue.deadLetter && {
      dead_letter: { queue_name: queue.deadLetter.queueName, max_reservations: queue.deadLetter.maxReservations },
    }),
    ...(queue.alerts.length > 0 && { alerts: queue.alerts.map(showAlert) }),
  },
})

const showWithSize = (queue: QueueWithSize) => {
  const { project_id, name, ...rest } = show(queue).queue
  return { queue: { project_id, name, size: queue.size, total_messages: queue.totalMessages, ...rest } }
}

/** The key with its value, or nothing at all when the value is empty. */
const filled = <K extends string, V>(key: K, value: V | null | undefined | ''): { [P in K]?: V } =>
  (value ? { [key]: value } : {}) as { [P in K]?: V }
