import { expect, test } from 'vitest'
import { openLog } from './log.ts'

test('secrets do not reach the log, and control characters are escaped', () => {
  const lines: string[] = []
  const log = openLog({ name: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } })
  log.info({ token: 'geheim', deep: { password: 'geheim', authorization: 'OAuth geheim' }, queue: 'a\nb' }, 'x')
  log.debug('not at this level')
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('geheim')
  expect(JSON.parse(lines[0]!)).toMatchObject({ name: 'test', token: '[redacted]', queue: 'a\nb' })
  expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1)
})
