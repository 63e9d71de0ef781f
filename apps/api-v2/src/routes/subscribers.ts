import { SubscribersBody } from '../bodies.ts'
import { named, route } from '../route.ts'
import { showQueue } from '../show.ts'
import { newSubscriber } from './queues.ts'

/** Makes the queue, and a push queue of it (contract v2 S1). */
export const addSubscribers = route({
  method: 'POST',
  path: '/queues/:queue/subscribers',
  scope: 'manage',
  body: SubscribersBody,
  creates: true,
  async handle(call) {
    const subscribers = call.body.subscribers.map(newSubscriber)
    return call.reply(await call.core.addSubscribers({ ...named(call), subscribers }), showQueue)
  },
})

/** By the letters of their urls, every one that has them (contract v2 S2). */
export const removeSubscribers = route({
  method: 'DELETE',
  path: '/queues/:queue/subscribers',
  scope: 'manage',
  body: SubscribersBody,
  async handle(call) {
    const urls = call.body.subscribers.map(({ url }) => url)
    return call.reply(await call.core.removeSubscribers({ ...named(call), urls }), showQueue)
  },
})
