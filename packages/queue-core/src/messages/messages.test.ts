import { describe, expect, test } from 'vitest'
import { aCore, aQueue } from '../../test/a-core.ts'

const a = await aCore()
const { core } = a

describe('the life of a message', () => {
  test('post, reserve, delete', async () => {
    const q = await aQueue(a)
    const [id] = await q.post('work')
    const [message] = await q.reserve()
    expect(message).toMatchObject({ id, reservedCount: 1, priority: 65_536 })
    expect(message!.body.toString()).toBe('work')
    expect(message!.reservationId).toMatch(/^[0-9a-f]{32}$/)
    expect(await q.reserve()).toEqual([])
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
    const { reservationId } = message!
    expect(await core.deleteMessage({ ...q.on, messageId: id!, reservationId })).toEqual({ ok: true, value: undefined })
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
    expect(await core.findMessage({ ...q.on, messageId: id! })).toEqual({
      ok: false,
      refusal: { kind: 'message_not_found', id },
    })
  })
})
