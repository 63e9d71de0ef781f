import { expect, test, vi } from 'vitest'
import { aLink } from '../../test/a-link.ts'
import { openAcks } from './acks.ts'

const ref = (id: string) => ({ id, reservation_id: `r${id}` })
const all = (...ids: string[]) => ids.map(ref)

test('what is said in one turn goes out together, what differs in separate frames', async () => {
  const { link, asked } = aLink()
  const acks = openAcks(link, 'q')
  void acks({ type: 'delete' }, ref('1'))
  void acks({ type: 'release', delay: 0 }, ref('2'))
  void Promise.resolve().then(() => acks({ type: 'delete' }, ref('3')))
  void acks({ type: 'release', delay: 5 }, ref('4'))
  await vi.waitFor(() => expect(asked).toHaveLength(3))
  expect(asked.map(({ question }) => question)).toEqual([
    { type: 'delete', queue: 'q', ids: all('1', '3') },
    { type: 'release', delay: 0, queue: 'q', ids: all('2') },
    { type: 'release', delay: 5, queue: 'q', ids: all('4') },
  ])
})

test('no frame names more than a hundred', async () => {
  const { link, asked } = aLink()
  const acks = openAcks(link, 'q')
  for (let id = 0; id < 250; id++) void acks({ type: 'delete' }, ref(`${id}`))
  await vi.waitFor(() => expect(asked).toHaveLength(3))
  expect(asked.map(({ question }) => 'ids' in question && question.ids.length)).toEqual([100, 100, 50])
})

test('one that failed fails alone', async () => {
  const { link, asked } = aLink()
  const acks = openAcks(link, 'q')
  const outcomes = Promise.allSettled(['1', '2'].map((id) => acks({ type: 'delete' }, ref(id))))
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  asked[0]!.answer({
    type: 'error',
    code: 'x',
    msg: 'y',
    temporary: false,
    ids: [{ id: '2', code: 'reservation_lapsed' }],
  })
  expect(await outcomes).toMatchObject([
    { status: 'fulfilled', value: 'r1' },
    { reason: { code: 'reservation_lapsed', temporary: false, message: 'The reservation is over' } },
  ])
})

test('a touch gives the fresh reservation, also where another one failed', async () => {
  const { link, asked } = aLink()
  const acks = openAcks(link, 'q')
  const outcomes = Promise.allSettled(['1', '2'].map((id) => acks({ type: 'touch', timeout: undefined }, ref(id))))
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  const failed = [{ id: '2', code: 'message_not_found' }]
  const touched = [{ id: '1', reservation_id: 'fresh' }]
  asked[0]!.answer({ type: 'error', code: 'x', msg: 'y', temporary: false, ids: failed, touched })
  expect(await outcomes).toMatchObject([{ value: 'fresh' }, { reason: { code: 'message_not_found' } }])
})

test('a refusal and a broken connection fail all of them', async () => {
  const { link, asked, breakOff } = aLink()
  const acks = openAcks(link, 'q')
  const refused = acks({ type: 'delete' }, ref('1'))
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  asked[0]!.answer({ type: 'error', code: 'unavailable', msg: 'Later', temporary: true, retry_after: 1 })
  await expect(refused).rejects.toMatchObject({ code: 'unavailable', temporary: true, retryAfterSeconds: 1 })
  const lost = acks({ type: 'delete' }, ref('2'))
  await vi.waitFor(() => expect(asked).toHaveLength(2))
  breakOff()
  await expect(lost).rejects.toMatchObject({ code: 'lost', temporary: true })
})
