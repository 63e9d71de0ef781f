import { testDatabase } from '@weldmq/testing'
import postgres from 'postgres'
import { afterAll } from 'vitest'
import { migrate } from '../src/db/migrate.ts'
import { type Core, type Result, openCore } from '../src/index.ts'

/** A core on a database of its own, for one test file; `sql` is a second way in, to age rows and to look. */
export async function aCore() {
  const database = await testDatabase({ prepare: migrate })
  const faults: unknown[] = []
  const options = { database, onFault: (fault: unknown, where: string) => faults.push({ where, fault }) }
  const cores = [await openCore(options)]
  const sql = 'url' in database ? postgres(database.url, { max: 2 }) : postgres({ ...database, max: 2 })
  afterAll(async () => {
    await Promise.all(cores.map((core) => core.stop()))
    await sql.end()
  })
  return {
    core: cores[0]!,
    sql,
    database,
    faults,
    /** Another gateway on the same database. */
    async another(): Promise<Core> {
      const core = await openCore(options)
      cores.push(core)
      return core
    },
  }
}

export type ACore = Awaited<ReturnType<typeof aCore>>

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`)
  return result.value
}

let made = 0

/** A queue in a project of its own. */
export async function aQueue({ core, sql }: ACore, { using = core }: { using?: Core } = {}) {
  const project = valueOf(await core.createProject({ name: 'test' })).id
  const queue = `queue ${++made}`
  const on = { project, queue }
  return {
    on,
    post: async (...bodies: string[]) =>
      valueOf(await using.postMessages({ ...on, messages: bodies.map((body) => ({ body: Buffer.from(body) })) })),
    reserve: async (count = 1, more: { timeoutSeconds?: number; waitSeconds?: number; delete?: boolean } = {}) =>
      valueOf(await using.reserveMessages({ ...on, count, ...more })),
    bodies: async (count = 100) => {
      const taken = valueOf(await using.reserveMessages({ ...on, count }))
      return taken.map((message) => message.body.toString())
    },
    size: async () => {
      const { size, totalMessages } = valueOf(await using.findQueue(on))
      return { size, totalMessages }
    },
    /** Ages this queue's rows: no test sleeps, no clock is faked. */
    pass: async (seconds: number) => {
      await sql`
        update weldmq.messages set due_at = due_at - make_interval(secs => ${seconds}),
               expires_at = expires_at - make_interval(secs => ${seconds}),
               created_at = created_at - make_interval(secs => ${seconds})
         where queue_id = (select id from weldmq.queues where project_id = ${project} and name = ${queue})`
    },
  }
}
