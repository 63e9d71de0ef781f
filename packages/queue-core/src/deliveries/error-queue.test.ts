import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'

const a = await aCore()
const { core } = a

test('E1 E2 E3 E6 one message for each subscriber that failed; the queue is made by the first', async () => {
  const q = await aPushQueue(a, ['a', 'b', 'c'], { retries: 0, errorQueue: 'errors' })
  const names = () => core.listQueues({ project: q.on.project })
  expect(await names()).toEqual([q.on.queue])
  const subscriberHeaders = { 'X-Sub': 's' }
  const subscribers = [{ name: 'a', url: 'http://example.com/a', headers: subscriberHeaders }]
  valueOf(await core.addSubscribers({ ...q.on, subscribers }))
  const id = await q.postOne('work', { pushHeaders: { 'X-Push': 'p' } })
  await q.deliver(({ subscriber }) =>
    subscriber.name === 'c' ? 200 : { statusCode: subscriber.name === 'a' ? 404 : 0, failure: `of ${subscriber.name}` },
  )
  expect(await names()).toEqual(['errors', q.on.queue])
  expect(await q.find(id)).toMatchObject({ value: { status: 'done', body: Buffer.from('work') } })
  const errors = await q.errors()
  expect(errors.toSorted((x, y) => Number(y['code']) - Number(x['code']))).toEqual([
    {
      source_msg_id: '1' + String(id).padStart(18, '0'),
      body: 'work',
      headers: { 'X-Sub': 's', 'X-Push': 'p' },
      subscribers: [{ name: 'a', url: 'http://example.com/a', code: 404, msg: 'of a' }],
      code: 404,
      msg: 'of a',
    },
    expect.objectContaining({ code: 0, msg: 'of b' }),
  ])
})

test('E7 it may be a push queue', async () => {
  const q = await aPushQueue(a, ['a'], { retries: 0, errorQueue: 'errors' })
  const errors = q.beside('errors')
  valueOf(await core.putQueue({ ...errors.on, settings: { push: { subscribers: [{ name: 'e', url: 'http://e/' }] } } }))
  await q.postOne('work')
  await q.deliver(() => 500)
  expect(await errors.size()).toEqual({ size: 1, totalMessages: 1 })
  expect(await errors.bodies()).toEqual([])
})
