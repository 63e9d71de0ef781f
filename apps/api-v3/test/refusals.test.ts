import { type Refusal, Unavailable } from '@weldmq/queue-core'
import { expect, test } from 'vitest'
import { startV3 } from './v3.ts'

/** What the next call of the core comes to, where a real one is hard to bring about. */
let next: { refusal: Refusal } | { fault: Error }
const v3 = await startV3((core) => ({
  ...core,
  async postMessages() {
    if ('fault' in next) throw next.fault
    return { ok: false, refusal: next.refusal }
  },
}))
const my = await v3.aProject()
const post = () => my.send('POST', '/queues/q/messages', { messages: [{ body: 'a' }] })

const refusals: [Refusal, string][] = [
  [{ kind: 'queue_not_found', queue: 'q' }, '404 {"msg":"Queue not found"}'],
  [{ kind: 'message_not_found', id: 5 }, '404 {"msg":"Message not found"}'],
  [{ kind: 'token_not_found', id: 'x' }, '404 {"msg":"Not found"}'],
  [{ kind: 'project_not_found', project: 'x' }, '401 {"msg":"Invalid project/token combination"}'],
  [{ kind: 'reservation_required', id: 5 }, '400 {"msg":"A reservation_id is required"}'],
  [{ kind: 'reservation_lapsed', id: 5 }, '403 {"msg":"Reservation timed out"}'],
  [{ kind: 'alert_duplicate', queue: 'q' }, '400 {"msg":"At least one new alert duplicates current queue alerts."}'],
  [{ kind: 'alerts_on_push_queue', queue: 'q' }, '400 {"msg":"Push queues do not support alerts."}'],
  [{ kind: 'alert_not_found', id: 'x' }, '404 {"msg":"Alert not found"}'],
  [{ kind: 'queue_type_fixed', queue: 'q' }, '403 {"msg":"Queue type cannot be changed"}'],
  [{ kind: 'invalid', field: 'n', rule: 'must be odd' }, '400 {"msg":"n must be odd"}'],
  [{ kind: 'invalid', field: 'queue', rule: 'must be odd' }, '400 {"msg":"Queue name must be odd"}'],
  [{ kind: 'idempotency_key_reused' }, '422 {"msg":"This Idempotency-Key was used before with another request"}'],
]

test.each(refusals)('http.12 the refusal %j has its words', async (refusal, answer) => {
  next = { refusal }
  const { status, text } = await post()
  expect(`${status} ${text}`).toBe(answer)
})

test('idempotency.2 a key whose first request has not ended is 409', async () => {
  next = { refusal: { kind: 'idempotency_key_in_use' } }
  const { status, text } = await post()
  expect(`${status} ${text}`).toBe('409 {"msg":"The first request with this Idempotency-Key has not ended yet"}')
})

test('http.13 a database that cannot be reached is 503', async () => {
  next = { fault: new Unavailable('connect ECONNREFUSED 10.0.0.5:5432') }
  const { status, text } = await post()
  expect(`${status} ${text}`).toBe('503 {"msg":"Temporarily unavailable, nothing was stored"}')
})

test('http.13 a fault is 500 and shows nothing but an incident id that the log has too', async () => {
  next = { fault: new Error('relation "messages" does not exist') }
  const { status, text, headers } = await post()
  expect(`${status} ${text}`).toBe('500 {"msg":"Internal error"}')
  expect(headers.get('x-incident-id')).toMatch(/^[0-9a-f]{16}$/)
  expect(v3.faults.at(-1)).toContain(headers.get('x-incident-id'))
})
