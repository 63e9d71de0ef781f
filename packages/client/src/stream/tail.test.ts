import { expect, test, vi } from 'vitest'
import { aLink } from '../../test/a-link.ts'
import { openTail } from './tail.ts'

const wire = { id: '1', body: 'x', reserved_count: 0, reservation_id: '', reserved_until: '' }

test('what is handled while a new connection is subscribed on is granted there', async () => {
  const working: (() => void)[] = []
  const tail = openTail({
    name: 's',
    queue: 'q',
    credit: 2,
    creditBytes: 1000,
    handler: () => new Promise<void>((resolve) => working.push(resolve)),
    ended: () => expect.unreachable('ended'),
    report: (error) => expect.unreachable(String(error)),
  })
  const [first, second] = [aLink(), aLink()]
  const attached = tail.attach(first.link)
  first.asked[0]!.answer({ type: 'subscribed' })
  await attached
  tail.hear({ type: 'messages', sub: 's', messages: [wire, wire] })
  tail.detach(undefined as never)
  const again = tail.attach(second.link)
  expect(second.asked[0]!.question).toMatchObject({ type: 'subscribe', credit: 0 })
  for (const finish of working) finish()
  await vi.waitFor(async () => expect(working).toHaveLength(2))
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  second.asked[0]!.answer({ type: 'subscribed' })
  await again
  expect(second.told).toEqual([{ type: 'credit', sub: 's', add: 2, set_bytes: 1000 }])
})
