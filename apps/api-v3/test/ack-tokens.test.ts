import { deliver } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { startV3 } from './v3.ts'

const v3 = await startV3((core) => core, { ackTokens: 'required' })

test('ack.4 P-4 the operator may ask receivers for a token', async () => {
  const my = await v3.aProject()
  await my.say('PUT', '/queues/q', { queue: { push: { subscribers: [{ name: 'a', url: 'http://example.com/' }] } } })
  const [id] = await my.post('q', 'x')
  const [delivery] = await deliver(v3.core.pushing, { project: my.id, queue: 'q' }, () => 202)
  const keys = { reservation_id: delivery!.reservationId, subscriber_name: 'a' }
  const init = { method: 'DELETE', body: JSON.stringify(keys) }
  const answer = await fetch(`${v3.url}${my.base}/queues/q/messages/${id}`, init)
  expect([answer.status, await answer.text()]).toEqual([401, '{"msg":"Invalid project/token combination"}'])
  expect(await my.say('DELETE', `/queues/q/messages/${id}`, keys)).toBe('200 {"msg":"Deleted"}')
})
