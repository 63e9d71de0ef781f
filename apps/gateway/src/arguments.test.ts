import { expect, test, vi } from 'vitest'
import { readArguments } from './arguments.ts'

test('without an argument, this very process serves alone', () => {
  expect(readArguments([])).toEqual({ workers: 1 })
})

test.each([1, 2, 64])('--workers %i is taken', (workers) => {
  expect(readArguments(['--workers', String(workers)])).toEqual({ workers })
  expect(readArguments([`--workers=${workers}`])).toEqual({ workers })
})

test.each(['0', '65', '-1', '1.5', '2x', '', 'all'])('--workers=%s is refused with the rule', (count) => {
  const shown = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(() => readArguments([`--workers=${count}`])).toThrow('whole number from 1 to 64')
  expect(shown).toHaveBeenCalledWith(expect.stringContaining('whole number from 1 to 64'))
  shown.mockRestore()
})
