import {
  type PushSettings,
  type Queue,
  type QueueSettings,
  type QueueWithSize,
  type Result,
  queueWithoutCredentials,
} from '@weldmq/queue-core'
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
import { pushSettings, showPush } from '../push-settings.ts'
import { named, route } from '../route.ts'
import { fromWire, showAlert } from './alerts.ts'

type Body = z.infer<typeof QueueBody>
type PushSent = NonNullable<Body['queue']>['push']

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
  handle: async (call) =>
    call.reply(await call.core.findQueue(named(call)), (queue) =>
      showWithSize(call.mayManage ? queue : queueWithoutCredentials(queue)),
    ),
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
    const put = await call.core.putQueue({ ...named(call), settings: settingsOf(call.body) })
    return call.reply(inQueue(put), (queue) => show(queue, queue.secrets))
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
    const updated = await call.core.updateQueue({ ...named(call), settings: settingsOf(call.body) })
    return call.reply(inQueue(updated), (queue) => showWithSize(queue, queue.secrets))
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

function settingsOf({ queue = {} }: Body): QueueSettings {
  const { message_timeout, message_expiration, type, push, dead_letter, alerts } = queue
  return {
    ...((type ?? push) !== undefined && { push: pushOf(type, push) }),
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

/** `push` beside the type pull is refused, however empty it is (contract v3 C6). */
const pushOf = (type: PushSettings['type'], push: PushSent) =>
  type === 'pull' && push ? pushSettings(type, { subscribers: [], ...push }) : pushSettings(type, push)

/** Subscribers stand at another place than in the calls that are about them alone. */
function inQueue<T>(result: Result<T>): Result<T> {
  if (result.ok || result.refusal.kind !== 'invalid' || !result.refusal.field.startsWith('subscribers')) return result
  return { ok: false, refusal: { ...result.refusal, field: `queue.push.${result.refusal.field}` } }
}

/** The queue object of section 2; `push` only of a push queue, `dead_letter` and `alerts` only when there are any. */
const show = (queue: Queue, secrets: Record<string, string> = {}) => ({
  queue: {
    project_id: queue.projectId,
    name: queue.name,
    message_timeout: queue.messageTimeoutSeconds,
    message_expiration: queue.messageExpirationSeconds,
    type: queue.type,
    ...(queue.push && { push: showPush(queue.push, secrets) }),
    ...(queue.deadLetter && {
      dead_letter: { queue_name: queue.deadLetter.queueName, max_reservations: queue.deadLetter.maxReservations },
    }),
    ...(queue.alerts.length > 0 && { alerts: queue.alerts.map(showAlert) }),
  },
})

const showWithSize = (queue: QueueWithSize, secrets: Record<string, string> = {}) => {
  const { project_id, name, ...rest } = show(queue, secrets).queue
  return { queue: { project_id, name, size: queue.size, total_messages: queue.totalMessages, ...rest } }
}

/** The key with its value, or nothing at all when the value is empty. */
const filled = <K extends string, V>(key: K, value: V | null | undefined | ''): { [P in K]?: V } =>
  (value ? { [key]: value } : {}) as { [P in K]?: V }
