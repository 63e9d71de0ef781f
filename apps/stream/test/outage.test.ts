import { type TestDatabase, sqlFor } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { openClient } from './client.ts'
import { startStream } from './stream.ts'

const stream = await startStream()

const nameOf = (database: TestDatabase) =>
  'url' in database ? new URL(database.url).pathname.slice(1) : database.database

/** Ends every connection to the database, and lets nobody in until `end` is called. */
async function anOutage() {
  const database = nameOf(stream.database)
  const sql = sqlFor(
    'url' in stream.database
      ? { url: stream.database.url.replace(`/${database}`, '/postgres') }
      : { ...stream.database, database: 'postgres' },
  )
  const allow = (isAllowed: boolean) =>
    sql`alter database ${sql(database)} allow_connections ${sql.unsafe(`${isAllowed}`)}`
  await allow(false)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database}`
  return {
    async end() {
      await allow(true)
      await sql.end()
    },
  }
}

test('away.1: a subscription outlives an outage, and what a socket held that closed in it is given back after it', async () => {
  const { client, post, url, tokenFor } = await stream.aDoor()
  const { secret } = await tokenFor({})
  await post('held')
  const [holder, waiting] = [await client(), await client()]
  await holder.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1, timeout: 86_400 })
  await holder.messages(1)
  await waiting.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 10 })
  const outage = await anOutage()
  await holder.close()
  const posting = { type: 'post', queue: 'q', messages: [{ body: 'later' }] }
  expect(await waiting.ask(posting)).toMatchObject({ type: 'error', temporary: true, retry_after: 1 })
  // Whoever nobody knows here yet is asked to come back.
  expect(await (await openClient(url, { token: secret })).closing).toMatchObject({ code: 1013 })
  await outage.end()
  expect((await waiting.messages(1))[0]).toMatchObject({ body: 'held', reserved_count: 2 })
  await expect.poll(() => waiting.ask(posting)).toMatchObject({ type: 'posted' })
  expect((await waiting.messages(1))[0]).toMatchObject({ body: 'later' })
})
