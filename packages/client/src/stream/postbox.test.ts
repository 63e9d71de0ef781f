import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { aLink } from '../../test/a-link.ts'
import { WeldmqError } from '../weldmq-error.ts'
import { openPostbox } from './postbox.ts'

const bodies = (body: string) => [{ body }]
const posted = { type: 'posted', ids: ['1'] }

test('no more are under way than the window lets, in order', async () => {
  const { link, asked } = aLink({ window: 2 })
  const postbox = openPostbox()
  const posts = ['a', 'b', 'c'].map((body) => postbox.post('q', bodies(body), undefined))
  postbox.attach(link)
  expect(asked).toHaveLength(2)
  asked[0]!.answer(posted)
  await posts[0]
  await vi.waitFor(() => expect(asked).toHaveLength(3))
  expect(asked.map(({ question }) => 'messages' in question && question.messages[0]?.body)).toEqual(['a', 'b', 'c'])
})

test('a broken connection: with a key it is sent again, without one it may have been stored', async () => {
  const { link, asked, breakOff } = aLink()
  const postbox = openPostbox()
  postbox.attach(link)
  const keyed = postbox.post('q', bodies('keyed'), 'key')
  const plain = postbox.post('q', bodies('plain'), undefined)
  breakOff()
  postbox.detach()
  await expect(plain).rejects.toMatchObject({ code: 'lost', nothingDone: false })
  const next = aLink()
  postbox.attach(next.link)
  await vi.waitFor(() => expect(next.asked).toHaveLength(1))
  expect(next.asked[0]!.question).toEqual(asked[0]!.question)
  next.asked[0]!.answer(posted)
  expect(await keyed).toEqual(['1'])
})

test('what was refused for now is sent again, what was refused for good is not', async () => {
  const { link, asked } = aLink()
  const postbox = openPostbox()
  postbox.attach(link)
  const later = postbox.post('q', bodies('x'), undefined)
  asked[0]!.answer({ type: 'error', code: 'window_full', msg: 'Full', temporary: true })
  await vi.waitFor(() => expect(asked).toHaveLength(2))
  asked[1]!.answer(posted)
  expect(await later).toEqual(['1'])
  const never = postbox.post('q', bodies('x'), 'key')
  asked[2]!.answer({ type: 'error', code: 'invalid', msg: 'No', temporary: false })
  await expect(never).rejects.toMatchObject({ code: 'invalid' })
  const unknown = postbox.post('q', bodies('x'), undefined)
  asked[3]!.answer({ type: 'error', code: 'internal', msg: 'Who knows', temporary: true })
  await expect(unknown).rejects.toMatchObject({ code: 'internal', nothingDone: false })
})

test('it is empty when all are answered, or when it is closed', async () => {
  const { link, asked } = aLink()
  const postbox = openPostbox()
  postbox.attach(link)
  await postbox.empty()
  const [one, two] = [postbox.post('q', bodies('x'), undefined), postbox.post('q', bodies('y'), undefined)]
  const empty = postbox.empty()
  asked[0]!.answer(posted)
  await one
  const closed = new WeldmqError('closed')
  postbox.close(closed)
  await expect(two).rejects.toBe(closed)
  await empty
  await expect(postbox.post('q', bodies('z'), undefined)).rejects.toBe(closed)
})

test('whatever breaks when, every post is settled once, and no post without a key is sent twice', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('post' as const), keyed: fc.boolean() }),
    fc.record({ do: fc.constantFrom('answer' as const, 'break' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const postbox = openPostbox()
      const sent = new Map<string, number>()
      const settled: string[] = []
      let posts = 0
      let on = aLink({ window: 3 })
      let seen = 0
      /** Counts what is asked, and answers the oldest open one. */
      const look = () => {
        for (; seen < on.asked.length; seen++) {
          const { question } = on.asked[seen]!
          const body = 'messages' in question ? question.messages[0]!.body : ''
          sent.set(body, (sent.get(body) ?? 0) + 1)
        }
      }
      let answered = 0
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      postbox.attach(on.link)
      for (const one of steps) {
        if (one.do === 'post') {
          const body = `${one.keyed ? 'keyed' : 'plain'} ${posts++}`
          const settle = () => void settled.push(body)
          postbox.post('q', bodies(body), one.keyed ? body : undefined).then(settle, settle)
        } else if (one.do === 'answer') {
          on.asked[answered]?.answer(posted)
          if (answered < on.asked.length) answered++
        } else {
          look()
          on.breakOff()
          postbox.detach()
          await turn()
          on = aLink({ window: 3 })
          seen = answered = 0
          postbox.attach(on.link)
        }
        await turn()
        look()
      }
      while (answered < on.asked.length) {
        on.asked[answered++]!.answer(posted)
        await turn()
        look()
      }
      expect(settled.toSorted()).toEqual([...sent.keys()].toSorted())
      expect(settled).toHaveLength(posts)
      for (const [body, times] of sent) if (body.startsWith('plain')) expect(times).toBe(1)
    }),
    { numRuns: 100 },
  )
})

test('a post that is given up is waited for by nobody, and kept nowhere', async () => {
  const postbox = openPostbox()
  const abort = new AbortController()
  const given = postbox.post('q', bodies('x'), undefined, abort.signal)
  const empty = postbox.empty()
  abort.abort(new Error('given up'))
  await expect(given).rejects.toThrow('given up')
  await empty
  const { link, asked } = aLink()
  postbox.attach(link)
  expect(asked).toEqual([])
})

test('what a connection left unanswered goes before what was posted later', async () => {
  const { link, asked, breakOff } = aLink({ window: 2 })
  const postbox = openPostbox()
  postbox.attach(link)
  for (const body of ['a', 'b', 'c', 'd']) postbox.post('q', bodies(body), body).catch(() => {})
  expect(asked).toHaveLength(2)
  breakOff()
  postbox.detach()
  await new Promise((resolve) => setImmediate(resolve))
  const next = aLink()
  postbox.attach(next.link)
  expect(next.asked.map(({ question }) => 'key' in question && question.key)).toEqual(['a', 'b', 'c', 'd'])
})
