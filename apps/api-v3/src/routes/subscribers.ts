import { Msg, RemoveSubscribersBody, SubscribersAnswer, SubscribersBody } from '@weldmq/v3-wire'
import { newSubscribers } from '../push-settings.ts'
import { named, route } from '../route.ts'

const path = '/queues/:queue/subscribers'

/** A queue that is made push by its subscribers is a thing of v2 (contract v3 S4, S5). */
const onlyPush = { onlyPush: true, door: 'v3' } as const

/** One whose name is there takes its place (contract v3 S1). */
export const addSubscribers = route({
  method: 'POST',
  path,
  summary: 'Add or update subscribers of a push queue',
  scope: 'manage',
  body: SubscribersBody,
  answers: { 200: SubscribersAnswer },
  async handle(call) {
    const subscribers = newSubscribers(call.body.subscribers)
    return call.reply(await call.core.addSubscribers({ ...named(call), ...onlyPush, subscribers }), updated)
  },
})

/** An empty list leaves a push queue without receivers (contract v3 S2, S9). */
export const replaceSubscribers = route({
  method: 'PUT',
  path,
  summary: 'Replace the subscribers of a push queue',
  scope: 'manage',
  body: SubscribersBody,
  answers: { 200: SubscribersAnswer },
  async handle(call) {
    const settings = { subscribers: newSubscribers(call.body.subscribers) }
    return call.reply(await call.core.changePush({ ...named(call), ...onlyPush, settings }), updated)
  },
})

/** By name; an unknown one is no mistake (contract v3 S3, S6). */
export const removeSubscribers = route({
  method: 'DELETE',
  path,
  summary: 'Remove subscribers from a push queue',
  scope: 'manage',
  body: RemoveSubscribersBody,
  answers: { 200: SubscribersAnswer },
  async handle(call) {
    const names = call.body.subscribers.map(({ name }) => name)
    return call.reply(await call.core.removeSubscribers({ ...named(call), ...onlyPush, names }), updated)
  },
})

/** Ours: what waits for a subscriber that was paused because it kept failing is delivered from now on. */
export const resumeSubscriber = route({
  method: 'POST',
  path: `${path}/:subscriber/resume`,
  summary: 'End the pause of a subscriber that kept failing',
  scope: 'manage',
  answers: { 200: Msg },
  async handle(call) {
    return call.reply(await call.core.resumeSubscriber({ ...named(call), name: call.wireId }), () => ({
      msg: 'Resumed',
    }))
  },
})

/** Secrets that this request had drawn are in its answer and nowhere else. */
const updated = ({ secrets }: { secrets: Record<string, string> }) => ({
  msg: 'Updated',
  ...(Object.keys(secrets).length > 0 && { secrets }),
})
