import type { Core, NewAlert } from '../src/index.ts'
import { type ACore, valueOf } from './a-core.ts'
import { type AQueue, aQueue } from './a-queue.ts'

export const fixed = (trigger: number, more: Partial<NewAlert> = {}): NewAlert => ({
  type: 'fixed',
  trigger,
  queue: 'alerts',
  ...more,
})

export const progressive = (trigger: number, more: Partial<NewAlert> = {}): NewAlert => ({
  ...fixed(trigger, more),
  type: 'progressive',
})

/** A queue that exists and has these alerts; `heard` says what came into the queue `alerts` since it was asked last. */
export async function anAlertedQueue(a: ACore, ...alerts: NewAlert[]) {
  const q = await aQueue(a)
  valueOf(await a.core.addAlerts({ ...q.on, alerts, create: true }))
  return { ...q, heard: hearing(a.core, q) }
}

export type Heard = {
  source_queue: string
  queue_size: number
  alert_id: string
  alert_type: string
  alert_direction: string
  alert_trigger: number
  created_at: string
}

/** Takes the alert messages out of a queue; none when it does not exist yet. */
export const hearing =
  (core: Core, q: AQueue, queue = 'alerts') =>
  async (): Promise<Heard[]> => {
    const taken = await core.reserveMessages({ project: q.on.project, queue, count: 100, delete: true })
    return taken.ok ? taken.value.map((message) => JSON.parse(message.body.toString()) as Heard) : []
  }
