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

test('what an error holds of the data that it is about does not reach the log', () => {
  const lines: string[] = []
  const log = openLog({ name: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } })
  const detail = { code: '23514', detail: 'Failing row contains (geheim)', where: 'geheim', parameters: ['geheim'] }
  log.error({ err: Object.assign(new Error('refused'), detail) }, 'x')
  try {
    new URL('postgres://somebody:geheim@host:99999/')
  } catch (err) {
    log.error({ err }, 'x')
  }
  expect(lines).toHaveLength(2)
  expect(lines.join('')).not.toContain('geheim')
  expect(JSON.parse(lines[0]!).err).toMatchObject({ message: 'refused', code: '23514', detail: '[redacted]' })
})
