import type { PushSettings } from '@weldmq/queue-core'
import { expect, test } from 'vitest'
import { aPushCore, aSubscriber } from './a-pusher.ts'

const { aQueue, deliver } = await aPushCore()

type Row = {
  type: 'multicast' | 'unicast'
  retries: number
  /** What each receiver answers, in turn; the last for ever. */
  receivers: number[][]
  /** The code of each in the end, or what one of a unicast queue has in the end. */
  codes: number[]
  /** Pauses of `retries_delay` after which it is final. */
  pauses: number
  errors: number
}

/** Long enough to pass only when it is told to. */
const w = 100
const rows: Row[] = [
  { type: 'multicast', retries: 0, receivers: [[200], [404]], codes: [200, 404], pauses: 0, errors: 1 },
  { type: 'multicast', retries: 3, receivers: [[200]], codes: [200], pauses: 0, errors: 0 },
  { type: 'multicast', retries: 0, receivers: [[200], [301], [404]], codes: [200, 301, 404], pauses: 0, errors: 2 },
  { type: 'multicast', retries: 1, receivers: [[202]], codes: [202], pauses: 2, errors: 1 },
  { type: 'multicast', retries: 2, receivers: [[503], [503]], codes: [503, 503], pauses: 2, errors: 2 },
  { type: 'unicast', retries: 2, receivers: [[503]], codes: [503], pauses: 2, errors: 1 },
  { type: 'unicast', retries: 1, receivers: [[503], [503], [503]], codes: [503], pauses: 1, errors: 1 },
  { type: 'unicast', retries: 1, receivers: [[202], [202]], codes: [202], pauses: 2, errors: 1 },
  { type: 'multicast', retries: 3, receivers: [[503, 503, 200]], codes: [200], pauses: 2, errors: 0 },
  { type: 'unicast', retries: 3, receivers: [[503, 503, 200]], codes: [200], pauses: 2, errors: 0 },
  { type: 'unicast', retries: 1, receivers: [[200], [404], [500]], codes: [200], pauses: 0, errors: 0 },
]
const title = ({ type, retries, receivers }: Row) => `${type}, ${retries} retries, answers ${receivers.join(' | ')}`

test.each(rows.map((row) => [title(row), row] as const))('section 10: %s', async (_title, row) => {
  deliver()
  const receivers = await Promise.all(row.receivers.map((answers) => aSubscriber(...answers)))
  const settings: PushSettings = {
    type: row.type,
    retries: row.retries,
    retriesDelaySeconds: w,
    errorQueue: 'errors',
    subscribers: receivers.map(({ url }, i) => ({ name: `r${i}`, url })),
  }
  const q = await aQueue(settings)
  const id = await q.post('work')
  for (let pause = 0; pause < row.pauses; pause++) {
    // Everybody who is still asked has been asked once more, and it is not over.
    await expect
      .poll(
        async () => (await q.statuses(id)).filter(({ tries, state }) => tries === pause + 1 && !isFinal(state)).length,
      )
      .toBe(row.codes.filter((_code, i) => row.receivers[i]!.length > 1 || row.receivers[i]![0] !== 200).length)
    expect(await q.beside('errors').exists()).toBe(false)
    await q.pass(w)
  }
  const final = Object.values(await q.settled(id))
  expect(final).toEqual(row.codes)
  await expect.poll(() => q.beside('errors').peek()).toHaveLength(row.errors)
  expect(await q.size()).toBe(0)
})

const isFinal = (state: string) => state === 'delivered' || state === 'failed'

test('R2 the next try starts the whole pause after the failed one has ended', async () => {
  deliver()
  const slow = await aSubscriber((_got, response) => void setTimeout(() => response.writeHead(503).end(), 500), 200)
  const q = await aQueue({ retries: 1, retriesDelaySeconds: 3, subscribers: [{ name: 'slow', url: slow.url }] })
  await q.post('work')
  await slow.has(2)
  const [first, second] = slow.got.map(({ at }) => at)
  // Half a second for the answer and three of pause, as far as timers are exact.
  expect(second! - first!).toBeGreaterThanOrEqual(3400)
})

test('R1 R5 the statuses count the tries', async () => {
  deliver()
  const one = await aSubscriber(200)
  const q = await aQueue({ subscribers: [{ name: 'one', url: one.url }] })
  const id = await q.post('work')
  await q.settled(id)
  expect(await q.statuses(id)).toMatchObject([{ tries: 1, retriesRemaining: 2, statusCode: 200, state: 'delivered' }])
})
