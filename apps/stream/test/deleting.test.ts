import { sqlFor, until } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import type { openClient } from './client.ts'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()
const sql = sqlFor(stream.database)
afterAll(() => sql.end())
await sql`
  create function wait_to_delete() returns trigger language plpgsql as
  $$ begin perform pg_advisory_xact_lock_shared(7); return null; end $$`
await sql`create trigger wait_to_delete after delete on weldmq.messages execute function wait_to_delete()`

const waiters = async () => (await sql`select 1 from pg_locks where locktype = 'advisory' and not granted`).length

/** Lets no delete commit until it is called. */
async function stopDeletes() {
  const holder = await sql.reserve()
  await holder`select pg_advisory_lock(7)`
  return async () => {
    await holder`select pg_advisory_unlock(7)`
    holder.release()
  }
}

/** A client whose first two messages are deleted for it, but not committed until `commit` is called. */
async function deleting() {
  const door = await stream.aDoor()
  await door.post('1', '2')
  const my = await door.client()
  const commit = await stopDeletes()
  my.send({ type: 'subscribe', sub: 's', queue: 'q', credit: 5, delete: true })
  await my.take('subscribed')
  await until(async () => (await waiters()) > 0)
  return { ...door, my, commit }
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

test.each([
  ['close', async (my: Awaited<ReturnType<typeof openClient>>) => my.socket.terminate()],
  ['unsubscribe', async (my: Awaited<ReturnType<typeof openClient>>) => my.send({ type: 'unsubscribe', sub: 's' })],
])('act.8: what was said about a message before a %s holds, however busy the database is', async (_, leave) => {
  const { client, post, on, size, metrics } = await stream.aDoor()
  await post('1', '2', 'other', 'mine')
  const [first, second, other] = valueOf(await stream.core.reserveMessages({ ...on, count: 3 }))
  const named = ({ id: messageId, reservationId }: NonNullable<typeof first>) => ({ ...on, messageId, reservationId })
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })
  const [mine] = await my.messages(1)
  const commit = await stopDeletes()
  // Two statements are under way for a queue at once; the third has to wait for its turn.
  const deletes = [stream.core.deleteMessage(named(first!))]
  await until(async () => (await waiters()) === 1)
  deletes.push(stream.core.deleteMessage(named(second!)))
  await until(async () => (await waiters()) === 2)
  my.send({ type: 'delete', queue: 'q', ids: [{ id: mine!['id'], reservation_id: mine!['reservation_id'] }] })
  await my.ask({ type: 'ping' })
  await leave(my)
  await until(async () => (await metrics.registry.metrics()).includes('weldmq_stream_subscriptions 0'))
  // What goes back goes in turn: with this one, whatever the end of the subscription gave back is back.
  valueOf(await stream.core.releaseMessage(named(other!)))
  await commit()
  await Promise.all(deletes)
  expect(valueOf(await stream.core.reserveMessages({ ...on, count: 10 }))).toMatchObject([{ id: other!.id }])
  await until(async () => (await size()) === 1)
})
