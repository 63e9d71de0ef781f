import { randomBytes } from 'node:crypto'
import { ageQueue, letPass, until } from '@weldmq/testing'
import type { Core, NewMessage, QueueSettings } from '../src/index.ts'
import { type ACore, valueOf } from './a-core.ts'

let made = 0

/** A queue in a project of its own; it exists once it is given settings or posted to. */
export async function aQueue(a: ACore, { using = a.core, settings }: { using?: Core; settings?: QueueSettings } = {}) {
  const project = valueOf(await a.core.createProject({ name: 'test' })).id
  const q = queueOf(a, using, { project, queue: `queue ${++made}` })
  if (settings) valueOf(await using.putQueue({ ...q.on, settings }))
  return q
}

export type AQueue = ReturnType<typeof operations> & {
  /** The same queue through another gateway. */
  through(other: Core): AQueue
  /** Another queue of the same project. */
  beside(queue: string): AQueue
}

type Held = { id: number; reservationId: string }
type Reserve = Parameters<Core['reserveMessages']>[0]

type OnQueue = { project: string; queue: string }

const queueOf = (a: ACore, core: Core, on: OnQueue): AQueue => ({
  ...operations(a, core, on),
  through: (other) => queueOf(a, other, on),
  beside: (queue) => queueOf(a, core, { ...on, queue }),
})

function operations({ sql }: ACore, core: Core, on: OnQueue) {
  const ids = () => sql`select id from weldmq.queues where project_id = ${on.project} and name = ${on.queue}`

  return {
    on,
    core,
    post: (...bodies: string[]): Promise<number[]> =>
      core.postMessages({ ...on, messages: bodies.map((body) => ({ body: Buffer.from(body) })) }).then(valueOf),
    postOne: async (body: string, more: Omit<NewMessage, 'body'> = {}): Promise<number> =>
      valueOf(await core.postMessages({ ...on, messages: [{ body: Buffer.from(body), ...more }] }))[0]!,
    reserve: (count = 1, more: Partial<Reserve> = {}) => core.reserveMessages({ ...on, count, ...more }).then(valueOf),
    /** The one message that a reserve gives. */
    async reserveOne(more: Partial<Reserve> = {}) {
      const [message] = valueOf(await core.reserveMessages({ ...on, count: 1, ...more }))
      if (!message) throw new Error('nothing to reserve')
      return message
    },
    /** Reserves as many as there are, and says their bodies. */
    bodies: async (count = 100) =>
      valueOf(await core.reserveMessages({ ...on, count })).map((message) => message.body.toString()),
    peek: async (count = 100) =>
      valueOf(await core.peekMessages({ ...on, count })).map((message) => message.body.toString()),
    find: (messageId: number) => core.findMessage({ ...on, messageId }),
    touch: ({ id, reservationId }: Held, more: { timeoutSeconds?: number } = {}) =>
      core.touchMessage({ ...on, messageId: id, reservationId, ...more }),
    release: ({ id, reservationId }: Held, more: { delaySeconds?: number } = {}) =>
      core.releaseMessage({ ...on, messageId: id, reservationId, ...more }),
    delete: ({ id, reservationId }: Held) => core.deleteMessage({ ...on, messageId: id, reservationId }),
    deleteFree: (messageId: number) => core.deleteMessage({ ...on, messageId }),
    deleteAll: (...messages: { id: number; reservationId?: string }[]) =>
      core.deleteMessages({
        ...on,
        messages: messages.map(({ id, reservationId }) => ({ messageId: id, reservationId })),
      }),
    clear: () => core.clearQueue(on),
    size: async () => {
      const { size, totalMessages } = valueOf(await core.findQueue(on))
      return { size, totalMessages }
    },
    update: (settings: QueueSettings) => core.updateQueue({ ...on, settings }),

    /** Rows that are there, whoever may see them. */
    rows: async (): Promise<number> => {
      const [row] = await sql`select count(*)::int as n from weldmq.messages where queue_id in (${ids()})`
      return Number(row!['n'])
    },
    queueId: async (): Promise<number> => Number((await ids())[0]!['id']),
    /** Lets time pass, and resolves when upkeep has seen to what is due by then. */
    pass: async (seconds: number) => {
      await letPass(sql, on, seconds)
    },
    /** The same for whoever comes before upkeep. */
    passUnnoticed: (seconds: number) => ageQueue(sql, on, seconds),
  }
}

/** Resolves once a call waits for a lock; background work, which may wait for one as well, does not count. */
export const someoneWaitsForALock = ({ sql }: ACore) =>
  until(async () => {
    const rows = await sql`
      select 1 from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'
         and application_name in ('weldmq', 'weldmq messages')`
    return rows.length > 0
  })

export const aBody = (bytes: number): Buffer => randomBytes(bytes)
