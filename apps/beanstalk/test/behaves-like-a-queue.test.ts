import { type Outcome, type QueueClient, behavesLikeAQueue, letPass, sqlFor } from '@weldmq/testing'
import { afterAll } from 'vitest'
import { openClient } from './client.ts'
import { type Place, startOurs } from './servers.ts'

const ours = await startOurs()
const sql = sqlFor(ours.database)
afterAll(() => sql.end())

/**
 * A job is put with its time to run; the suite names it only when it reserves. Of ready ones only: a row that somebody
 * else writes is not where the core's statement has just seen it, and a release under way would find nothing.
 */
const setTimeouts = (project: string, seconds: number) => sql`
  update weldmq.messages set timeout_seconds = ${seconds}
   where state = 0 and queue_id in (select id from weldmq.queues where project_id = ${project})`

const outcomes: Record<string, Outcome> = {
  DELETED: 'done',
  RELEASED: 'done',
  TOUCHED: 'done',
  NOT_FOUND: 'gone',
}

async function clientOn(place: Place, project: string): Promise<QueueClient> {
  const client = await openClient(place)
  let queued: Promise<unknown> = Promise.resolve()
  /** Replies come in the order of requests, so one is asked for after the other. */
  const one = <T>(ask: () => Promise<T>): Promise<T> => {
    const answer = queued.then(ask)
    queued = answer.catch(() => {})
    return answer
  }
  const say = (command: string) =>
    one(async () => {
      client.send(`${command}\r\n`)
      return client.reply()
    })
  async function outcome(command: string): Promise<Outcome> {
    const { line } = await say(command)
    const known = outcomes[line]
    if (!known) throw new Error(`${command}: ${line}`)
    return known
  }

  return {
    async post(...messages) {
      const ids: string[] = []
      for (const { body, delaySeconds = 0, priority = 65_536 } of messages) {
        const bytes = Buffer.from(body)
        const { line } = await one(async () => {
          client.send(Buffer.concat([Buffer.from(`put ${priority} ${delaySeconds} 60 ${bytes.length}\r\n`), bytes]))
          client.send('\r\n')
          return client.reply()
        })
        ids.push(line.split(' ')[1]!)
      }
      return ids
    },
    async reserve({ waitSeconds = 0, timeoutSeconds }) {
      await setTimeouts(project, timeoutSeconds ?? 60)
      const { line, body } = await say(`reserve-with-timeout ${waitSeconds}`)
      if (line === 'TIMED_OUT') return []
      return [{ id: line.split(' ')[1]!, body: body!.toString() }]
    },
    async touch(message) {
      const result = await outcome(`touch ${message.id}`)
      return result === 'done' ? message : result
    },
    release: (message, delay = 0) => outcome(`release ${message.id} 65536 ${delay}`),
    delete: (message) => outcome(`delete ${message.id}`),
    async size() {
      const { body } = await say('stats-tube default')
      const counts = [...body!.toString().matchAll(/^current-jobs-(?:ready|reserved|delayed|buried): (\d+)$/gm)]
      return counts.reduce((sum, [, count]) => sum + Number(count), 0)
    },
  }
}

behavesLikeAQueue(
  'beanstalk',
  async () => {
    const { place, project } = await ours.open()
    const on = { project, queue: 'default' }
    return {
      client: await clientOn(place, project),
      another: () => clientOn(place, project),
      async pass(seconds) {
        await letPass(sql, on, seconds)
      },
    }
  },
  { batches: false, namesReservations: false, countsReservations: false },
)
