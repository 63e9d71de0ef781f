import { expect, test } from 'vitest'
import { growingDelay } from './runner.ts'
import type { StreamMessage } from './stream-message.ts'

test('what fails each time comes back later each time, but within a minute', () => {
  const delays = [1, 2, 3, 4, 7, 8, 5000].map((reservedCount) => growingDelay({ reservedCount } as StreamMessage))
  expect(delays).toEqual([0, 1, 3, 7, 60, 60, 60])
})
