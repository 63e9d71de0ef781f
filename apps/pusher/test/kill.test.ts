import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { aPushCore, aSubscriber, publicUrl } from './a-pusher.ts'

const { databaseUrl, sql, aQueue, deliver } = await aPushCore()
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** The built program in a process of its own. */
function aPusherProcess() {
  if (!existsSync(main)) throw new Error('The pusher is not built; npm test does that first')
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: databaseUrl,
    WELDMQ_PUBLIC_URL: publicUrl,
    WELDMQ_PUSH_ALLOW: '127.0.0.1',
    WELDMQ_LOG: 'warn',
  }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, ended }
}

test('I17 kill -9 between the answer and the commit: it comes again, with the same message id', async () => {
  const { child, ended } = aPusherProcess()
  const subscriber = await aSubscriber((_got, response) => {
    if (subscriber.got.length > 1) response.end()
    // Nobody writes down what came of it while this transaction lasts.
    else void hold(() => response.end())
  })
  const q = await aQueue({ retries: 0, subscribers: [{ name: 'one', url: subscriber.url }] })
  const queueRows = sql`select id from weldmq.queues where project_id = ${q.on.project}`
  let letGo = () => {}
  onTestFinished(() => letGo())
  const hold = (then: () => void) =>
    sql.begin(async (tx) => {
      await tx`select 1 from weldmq.deliveries where queue_id in (${queueRows}) for update`
      then()
      await new Promise<void>((resolve) => (letGo = resolve))
    })

  const id = await q.post('work')
  await subscriber.has(1)
  const blocked = () => sql`
    select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(async () => (await blocked()).length).toBeGreaterThan(0)
  child.kill('SIGKILL')
  await ended
  letGo()

  expect((await q.statuses(id))[0]?.state).not.toBe('delivered')
  await q.pass(60) // the claim of the dead ends by itself
  deliver()
  expect(await q.settled(id)).toEqual({ one: 200 })
  const [first, second, ...more] = subscriber.got.map(({ headers }) => headers)
  expect(second!['iron-message-id']).toBe(first!['iron-message-id'])
  expect(second!['iron-reservation-id']).not.toBe(first!['iron-reservation-id'])
  expect(more).toEqual([])
})

test('the program ends with what it has begun when it is asked to', async () => {
  const { child, ended } = aPusherProcess()
  const subscriber = await aSubscriber((_got, response) => {
    // Its answer comes after the signal, and is to be written down; not so late that it would be cut off.
    child.kill('SIGTERM')
    response.end()
  })
  const q = await aQueue({ subscribers: [{ name: 'one', url: subscriber.url }] })
  const id = await q.post('work')
  expect(await ended).toEqual([0, null])
  expect(await q.settled(id)).toEqual({ one: 200 })
})
