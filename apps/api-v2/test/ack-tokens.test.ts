import { deliver } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { startV2 } from './v2.ts'

const v2 = await startV2((core) => core, { ackTokens: 'required' })

test('acknowledge.5 P-4 the operator may ask receivers for a token', async () => {
  const my = await v2.aProject()
  await my.send('POST', '/queues/q', { subscribers: [{ url: 'http://example.com/' }] })
  const [id] = await my.post('q', 'x')
  const [delivery] = await deliver(v2.core.pushing, { project: my.id, queue: 'q' }, () => 202)
  const path = `/queues/q/messages/${id}/subscribers/${delivery!.deliveryId}`
  const answer = await fetch(v2.url + my.base + path, { method: 'DELETE' })
  expect([answer.status, await answer.text()]).toEqual([401, '{"msg":"Invalid project/token combination"}'])
  expect(await my.say('DELETE', path)).toBe('200 {"msg":"Deleted"}')
})
