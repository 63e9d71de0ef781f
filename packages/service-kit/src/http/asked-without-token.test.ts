import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { askedWithoutToken } from './asked-without-token.ts'
import { HttpRefusal } from './http-refusal.ts'

const request = (authorization?: string, url = '/') => ({ headers: { authorization }, url }) as IncomingMessage

test('work without a token answers', async () => {
  expect(await askedWithoutToken(request(), async () => ({ msg: 'Done' }))).toEqual({ msg: 'Done' })
})

test.each([request('OAuth T'), request('Bearer wrong'), request(undefined, '/?oauth=T')])(
  'with any token it is not even begun',
  async (incoming) => {
    let begun = false
    const work = async () => ({ begun: (begun = true) })
    expect(await askedWithoutToken(incoming, work)).toBeUndefined()
    expect(begun).toBe(false)
  },
)

test('a guess and a refusal are no answer, and come no sooner than a tenth of a second', async () => {
  const refused = async () => {
    throw new HttpRefusal(400, 'Request body is not valid JSON')
  }
  for (const work of [async () => false as const, refused]) {
    const start = performance.now()
    expect(await askedWithoutToken(request(), work)).toBeUndefined()
    expect(performance.now() - start).toBeGreaterThan(98) // timers may be a millisecond early
  }
})

test('a fault stays one', async () => {
  const broken = async () => {
    throw new Error('broken')
  }
  await expect(askedWithoutToken(request(), broken)).rejects.toThrow('broken')
})
