import { expect, test } from 'vitest'
import type { Held } from './held.ts'
import { openShelf } from './shelf.ts'

const aMessage = (id: string, isOver = false) => ({ message: { id }, isOver: () => isOver }) as unknown as Held
const nothing = { done: true, value: undefined }

test('messages are handed out in order, to whoever waits first', async () => {
  const shelf = openShelf()
  const [first, second] = [shelf.next(), shelf.next()]
  shelf.put([aMessage('1')])
  shelf.put([aMessage('2'), aMessage('3')])
  const got = await Promise.all([first, second, shelf.next()])
  expect(got.map(({ value }) => value?.id)).toEqual(['1', '2', '3'])
})

test('one that was lost meanwhile is passed over', async () => {
  const shelf = openShelf()
  shelf.put([aMessage('1', true), aMessage('2')])
  expect((await shelf.next()).value?.id).toBe('2')
  const waiting = shelf.next()
  shelf.put([aMessage('3', true)])
  shelf.put([aMessage('4')])
  expect((await waiting).value?.id).toBe('4')
})

test('what is withdrawn is handed out to nobody, and the end is the end for all', async () => {
  const shelf = openShelf()
  shelf.put([aMessage('1')])
  expect(shelf.withdraw()).toHaveLength(1)
  const waiting = [shelf.next(), shelf.next()]
  shelf.end()
  expect(await Promise.all([...waiting, shelf.next()])).toEqual([nothing, nothing, nothing])
})

test('an error is told once', async () => {
  const shelf = openShelf()
  const waiting = shelf.next()
  shelf.end(new Error('refused'))
  await expect(waiting).rejects.toThrow('refused')
  expect(await shelf.next()).toEqual(nothing)
  const late = openShelf()
  late.end(new Error('refused'))
  await expect(late.next()).rejects.toThrow('refused')
  expect(await late.next()).toEqual(nothing)
})
