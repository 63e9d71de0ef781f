import fc from 'fast-check'
import { expect, test } from 'vitest'
import { remember } from './remembered.ts'

/** A store that answers when told to, and a clock that moves when told to. */
function aStore(max = { known: 100, unknown: 100 }) {
  const content = new Map<string, string>()
  const loads: string[][] = []
  let held: (() => void)[] | undefined
  let clock = 0
  let down = false
  const remembered = remember<string>({
    async load(keys) {
      loads.push(keys)
      const answer = new Map([...content].filter(([key]) => keys.includes(key)))
      if (held) await new Promise<void>((resolve) => held!.push(resolve))
      if (down) throw new Error('down')
      return answer
    },
    freshMilliseconds: 2000,
    staleMilliseconds: 4000,
    unknownMilliseconds: 1000,
    max,
    now: () => clock,
  })
  return {
    content,
    loads,
    get: async (key: string) => remembered.get(key),
    forget: remembered.forget,
    pass: (milliseconds: number) => void (clock += milliseconds),
    hold: () => void (held = []),
    letGo() {
      for (const resolve of held ?? []) resolve()
      held = undefined
    },
    fail: (yes: boolean) => void (down = yes),
  }
}

test('a fresh answer costs no load, an ageing one is given while a newer one is fetched', async () => {
  const store = aStore()
  store.content.set('a', 'old')
  expect(await store.get('a')).toBe('old')
  store.content.set('a', 'new')
  store.pass(1999)
  expect(await store.get('a')).toBe('old')
  expect(store.loads).toEqual([['a']])

  store.pass(1)
  expect(await store.get('a')).toBe('old')
  await Promise.resolve()
  expect(await store.get('a')).toBe('new')
  expect(store.loads).toEqual([['a'], ['a']])
})

test('a stale answer is never given: the caller waits for the newer one, or learns that there is none to be had', async () => {
  const store = aStore()
  store.content.set('a', 'old')
  await store.get('a')
  store.content.delete('a')
  store.pass(4000)
  store.fail(true)
  await expect(store.get('a')).rejects.toThrow('down')
  store.fail(false)
  expect(await store.get('a')).toBeUndefined()
})

test('while the store is down, what is not yet stale is still answered', async () => {
  const store = aStore()
  store.content.set('a', 'old')
  await store.get('a')
  store.fail(true)
  store.pass(3999)
  expect(await store.get('a')).toBe('old')
})

test('callers share one load per key, and new keys gather into the next load', async () => {
  const store = aStore()
  store.content.set('a', '1').set('b', '2')
  store.hold()
  const first = [store.get('a'), store.get('a'), store.get('b'), store.get('c'), store.get('b')]
  store.letGo()
  expect(await Promise.all(first)).toEqual(['1', '1', '2', undefined, '2'])
  expect(store.loads).toEqual([['a'], ['b', 'c']])
})

test('that a key is unknown is believed for a second only', async () => {
  const store = aStore()
  expect(await store.get('a')).toBeUndefined()
  store.content.set('a', 'new')
  store.pass(999)
  expect(await store.get('a')).toBeUndefined()
  store.pass(1)
  expect(await store.get('a')).toBe('new')
})

test('many unknown keys push out neither the known ones nor the memory', async () => {
  const store = aStore({ known: 2, unknown: 3 })
  store.content.set('a', '1')
  await store.get('a')
  for (let i = 0; i < 50; i++) await store.get(`unknown ${i}`)
  const before = store.loads.length
  await store.get('a')
  await store.get('unknown 49')
  expect(store.loads.length).toBe(before)
  await store.get('unknown 0')
  expect(store.loads.length).toBe(before + 1)
})

test('after forget, an answer that was already on its way is not kept', async () => {
  const store = aStore()
  store.content.set('a', 'old')
  store.hold()
  const before = store.get('a')
  store.content.set('a', 'new')
  store.forget()
  const after = store.get('a')
  store.letGo()
  expect(await before).toBe('old')
  expect(await after).toBe('new')
  expect(await store.get('a')).toBe('new')
})

test('whatever happens in whatever order, no answer is older than the stale age', async () => {
  type Step = { do: 'set' | 'drop' | 'get' | 'pass' | 'forget'; key: string; milliseconds: number }
  const step: fc.Arbitrary<Step> = fc.record({
    do: fc.constantFrom('set', 'drop', 'get', 'get', 'get', 'pass', 'pass', 'forget'),
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    milliseconds: fc.integer({ min: 1, max: 3000 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const store = aStore({ known: 2, unknown: 2 })
      let clock = 0
      const history = new Map<string, { at: number; value: string | undefined }[]>()
      const change = (key: string, value: string | undefined) => {
        if (value === undefined) store.content.delete(key)
        else store.content.set(key, value)
        history.set(key, [...(history.get(key) ?? [{ at: -Infinity, value: undefined }]), { at: clock, value }])
      }
      for (const [i, s] of steps.entries()) {
        if (s.do === 'set') change(s.key, `value ${i}`)
        if (s.do === 'drop') change(s.key, undefined)
        if (s.do === 'forget') store.forget()
        if (s.do === 'pass') {
          store.pass(s.milliseconds)
          clock += s.milliseconds
        }
        if (s.do === 'get') {
          const answer = await store.get(s.key)
          const all = history.get(s.key) ?? [{ at: -Infinity, value: undefined }]
          // Values that held at some moment within the last 4 s.
          const possible = all.filter((_, n) => (all[n + 1]?.at ?? Infinity) > clock - 4000).map(({ value }) => value)
          expect(possible).toContain(answer)
        }
      }
    }),
  )
})
