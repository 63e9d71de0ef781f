import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { startV2 } from './v2.ts'

let looks = 0
const onBatch = (kind: string, items: number) => void (kind === 'reserve' && (looks += items))
const v2 = await startV2(undefined, { onBatch })

test('get.6 a thousand who wait on a hundred queues ask the database once each, and then no more', async () => {
  const my = await v2.aProject()
  const there = Array.from({ length: 50 }, (_, i) => `there-${i}`)
  const notThere = Array.from({ length: 50 }, (_, i) => `not-there-${i}`)
  await Promise.all(there.map((queue) => my.send('POST', `/queues/${queue}`)))

  const served: string[] = []
  const waits = [...there, ...notThere].flatMap((queue) =>
    Array.from({ length: 10 }, async () => {
      const answer = await my.say('GET', `/queues/${queue}/messages?wait=30`)
      if (answer.includes('"body"')) served.push(answer)
      return answer
    }),
  )
  await until(() => looks === 500)
  const [first] = await my.post('not-there-0', 'a')
  await my.post('there-0', 'b')

  await until(() => served.length === 2)
  v2.core.drain() // the others need not wait to the end
  const answers = await Promise.all(waits)
  expect(answers.filter((answer) => answer.includes('"body":"b"'))).toHaveLength(1)
  expect(answers.filter((answer) => answer.includes(`"id":"${first}"`))).toHaveLength(1)
  expect(answers.filter((answer) => answer === '200 {"messages":[]}')).toHaveLength(998)
  // The queue that appeared: its ten look, and the one post wakes one on each of the two. The shared poll may come upon
  // a message that is just being taken, and wake somebody in vain; had all of them looked once more, it were 500 more.
  expect(looks).toBeLessThanOrEqual(500 + 10 + 2 + 20)
})
