import { Msg } from '@weldmq/v3-wire'
import { z } from 'zod'
import { route } from '../route.ts'

/** Every queue of this version is a pull queue, and those have no subscribers (contract v3 S4, S5). */
const refused = (method: 'POST' | 'PUT' | 'DELETE', summary: string) =>
  route({
    method,
    path: '/queues/:queue/subscribers',
    summary,
    scope: 'manage',
    body: z.looseObject({}),
    answers: { 200: Msg },
    handle: (call) => call.refuse('A pull queue cannot have subscribers'),
  })

export const addSubscribers = refused('POST', 'Add or update subscribers of a push queue')
export const replaceSubscribers = refused('PUT', 'Replace the subscribers of a push queue')
export const removeSubscribers = refused('DELETE', 'Remove subscribers from a push queue')
