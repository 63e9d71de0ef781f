import { sqlFor, until } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { startStream } from './stream.ts'

const stream = await startStream()
const sql = sqlFor(stream.database)
afterAll(() => sql.end())
await sql`
  create function wait_to_delete() returns trigger language plpgsql as
  $$ begin perform pg_advisory_xact_lock_shared(7); return null; end $$`
await sql`create trigger wait_to_delete after delete on weldmq.messages execute function wait_to_delete()`

/** A client whose first two messages are deleted for it, but not committed until `commit` is called. */
async function deleting() {
  const door = await stream.aDoor()
  await door.post('1', '2')
  const my = await door.client()
  const holder = await sql.reserve()
  await holder`select pg_advisory_lock(7)`
  my.send({ type: 'subscribe', sub: 's', queue: 'q', credit: 5, delete: true })
  await my.take('subscribed')
  await until(async () => (await sql`select 1 from pg_locks where locktype = 'advisory' and not granted`).length > 0)
  return {
    ...door,
    my,
    async commit() {
      await holder`select pg_advisory_unlock(7)`
      holder.release()
    },
  }
}

const shown = (frames: { type: string; messages?: { body: string }[] }[]) =>
  frames.map(({ type, messages }) => [type, ...(messages ?? []).map(({ body }) => body)].join(' '))

test('sub.8: what is being deleted to be handed over comes before unsubscribed, and nothing behind it', async () => {
  const { my, post, size, commit } = await deleting()
  my.send({ type: 'unsubscribe', sub: 's', id: 'leaving' })
  await my.ask({ type: 'ping' })
  await commit()
  await my.take('unsubscribed', ({ re }) => re === 'leaving').then((frame) => my.frames.push(frame))
  await post('3')
  await my.ask({ type: 'ping' })
  expect(shown(my.frames)).toEqual(['messages 1 2', 'unsubscribed'])
  expect(await size()).toBe(1)
})

test('end.3: a planned stop waits for what is being deleted to be handed over', async () => {
  const { my, door, size, commit } = await deleting()
  const stopped = door.stop()
  await my.take('going')
  await my.ask({ type: 'ping' })
  await commit()
  expect(await my.closing).toMatchObject({ code: 1001 })
  expect(shown(my.frames)).toEqual(['messages 1 2'])
  expect(await size()).toBe(0)
  await stopped
})
