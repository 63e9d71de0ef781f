import { expect, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'

const a = await aCore()
const { core } = a

test('C1 C2 one takes it; when one fails the next is asked at once, and all failing ends the round', async () => {
  const q = await aPushQueue(a, ['a', 'b', 'c'], { type: 'unicast', retries: 1, retriesDelaySeconds: 100 })
  const id = await q.postOne('work')
  expect(await q.deliver(() => 500)).toEqual(['a', 'b', 'c'])
  expect(await q.statuses(id)).toMatchObject([{ state: 'retrying', tries: 1, retriesRemaining: 0 }])
  await q.passUnnoticed(101)
  expect(await q.deliver(({ subscriber }) => (subscriber.name === 'b' ? 200 : 500))).toContain('b')
  const [status] = await q.statuses(id)
  expect(status).toMatchObject({ state: 'delivered', subscriber: 'b', statusCode: 200 })
  expect(status!.tried!.find(({ subscriber }) => subscriber === 'b')).toMatchObject({ statusCode: 200, tries: 2 })
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
})

test('C1 one good answer is enough', async () => {
  const q = await aPushQueue(a, ['a', 'b', 'c'], { type: 'unicast' })
  await q.post('one', 'two', 'three', 'four')
  expect(await q.deliver()).toHaveLength(4)
})

test('C3 the load is spread', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { type: 'unicast' })
  await q.post(...Array.from({ length: 60 }, String))
  expect(new Set(await q.deliver())).toEqual(new Set(['a', 'b']))
})

test('C4 C5 who accepts it has it; when that is not acknowledged the round is over', async () => {
  const q = await aPushQueue(a, ['a', 'b'], {
    type: 'unicast',
    retries: 1,
    retriesDelaySeconds: 100,
    errorQueue: 'errors',
  })
  const id = await q.postOne('work')
  expect(await q.deliver(() => 202)).toHaveLength(1)
  await q.passUnnoticed(101)
  expect(await q.deliver(() => 202)).toHaveLength(1)
  await q.passUnnoticed(101)
  expect(await q.deliver(() => 202)).toEqual([])
  expect(await q.statuses(id)).toMatchObject([{ state: 'failed', statusCode: 202, tries: 2 }])
  expect(await q.errors()).toHaveLength(1)
})

test('E3 all failed: one error message that names them all', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { type: 'unicast', retries: 0, errorQueue: 'errors' })
  const id = await q.postOne('work')
  await q.deliver(({ subscriber }) => ({ statusCode: 404, failure: `no ${subscriber.name}` }))
  const [error] = await q.errors()
  expect(error).toMatchObject({ source_msg_id: '1' + String(id).padStart(18, '0'), body: 'work', code: 404 })
  const named = (error!['subscribers'] as { name: string; code: number; msg: string }[]).toSorted((x, y) =>
    x.name < y.name ? -1 : 1,
  )
  expect(named).toEqual([
    { name: 'a', url: 'http://example.com/a', code: 404, msg: 'no a' },
    { name: 'b', url: 'http://example.com/b', code: 404, msg: 'no b' },
  ])
})

test('who has no room is not chosen', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { type: 'unicast' })
  await q.post(...Array.from({ length: 10 }, String))
  const [queue] = (await core.pushing.due()).filter(({ project }) => project === q.on.project)
  const [first] = queue!.receivers
  const claims = await core.pushing.claim(queue!, new Map([[first!.id, 3]]))
  expect(claims.map(({ subscriber }) => subscriber.id)).toEqual([first!.id, first!.id, first!.id])
})
