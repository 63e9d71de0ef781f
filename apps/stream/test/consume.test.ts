import { expect, test } from 'vitest'
import { startStream } from './stream.ts'

const stream = await startStream()

test('a message that is there comes, and is deleted by its reservation', async () => {
  const { client, post, size } = await stream.aDoor()
  await post('one', 'two')
  const my = await client()
  expect(await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 10 })).toMatchObject({
    type: 'subscribed',
    sub: 's',
    queue: 'q',
    credit: 10,
    batch: 100,
    delete: false,
    mode: 'consume',
  })
  const messages = await my.messages(2)
  expect(messages).toMatchObject([
    { id: expect.stringMatching(/^1\d{18}$/), body: 'one', reserved_count: 1, reservation_id: expect.any(String) },
    { body: 'two' },
  ])
  expect(Date.parse(messages[0]!['reserved_until'])).toBeGreaterThan(Date.now())
  const ids = messages.map(({ id, reservation_id }) => ({ id, reservation_id }))
  expect(await my.ask({ type: 'delete', queue: 'q', ids })).toMatchObject({ type: 'ok' })
  expect(await size()).toBe(0)
})

test('a message that is posted later comes by itself', async () => {
  const { client, post } = await stream.aDoor()
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })
  await post('later')
  expect(await my.messages(1)).toMatchObject([{ body: 'later' }])
})

test('a closed socket gives back what it held at once', async () => {
  const { client, post } = await stream.aDoor()
  await post('work')
  const [mine, theirs] = [await client(), await client()]
  await mine.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })
  await mine.messages(1)
  await theirs.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })
  mine.socket.terminate()
  expect(await theirs.messages(1)).toMatchObject([{ body: 'work', reserved_count: 2 }])
})
