import { anOutage } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { openClient } from './client.ts'
import { startStream } from './stream.ts'

const stream = await startStream()

test('away.1: a subscription outlives an outage, and what a socket held that closed in it is given back after it', async () => {
  const { client, post, url, tokenFor } = await stream.aDoor()
  const { secret } = await tokenFor({})
  await post('held')
  const [holder, waiting] = [await client(), await client()]
  await holder.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1, timeout: 86_400 })
  await holder.messages(1)
  await waiting.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 10 })
  const outage = await anOutage(stream.database)
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
