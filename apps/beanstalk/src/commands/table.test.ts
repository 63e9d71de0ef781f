import { describe, expect, test } from 'vitest'
import { findCommand } from './table.ts'

/** The name of the command that a line is, or the word it is answered with. */
function find(line: string): string {
  const command = findCommand(line)
  return typeof command === 'string' ? command : command.name
}

describe('finding the command (contract section 4)', () => {
  test.each([
    '',
    'foo',
    'PUT 0 0 0 1',
    ' stats',
    ...['put', 'use', 'watch', 'ignore', 'delete', 'release', 'bury', 'kick', 'kick-job', 'touch', 'peek'],
    'peek\t1',
    'list-tube',
    'pause',
    'qui',
    'statu',
    'Quit',
  ])('%j is unknown', (line) => expect(find(line)).toBe('UNKNOWN_COMMAND'))

  test.each([
    ...['use ', 'watch ', 'ignore ', 'delete ', 'release ', 'bury ', 'kick ', 'kick-job ', 'touch ', 'peek '],
    ...['reserve-with-timeout', 'reserve-job', 'stats-job', 'stats-tube', 'pause-tube'],
    ...['reserved', 'reserve 1', 'statsx', 'stats ', 'peek-ready x', 'list-tubes ', 'list-tube-usedx'],
    ...['list-tubes-watchedx', 'peek-delayed ', 'peek-buriedd', 'reserve-with-timeout ', 'reserve-job ', 'stats-job '],
  ])('%j is malformed', (line) => expect(find(line)).toBe('BAD_FORMAT'))

  test.each(['quit', 'quit now', 'quitter', 'quit\n'])('%j quits', (line) => expect(find(line)).toBe('quit'))

  test.each<[string, string]>([
    ['use a', 'use'],
    ['reserve', 'reserve'],
    ['reserve-with-timeout 0', 'reserve-with-timeout'],
    ['reserve-job 1', 'reserve-job'],
    ['delete 1', 'delete'],
    ['release 1 2 3', 'release'],
    ['bury 1 2', 'bury'],
    ['touch 1', 'touch'],
    ['peek 1', 'peek'],
    ['peek-ready', 'peek-ready'],
    ['peek-delayed', 'peek-delayed'],
    ['peek-buried', 'peek-buried'],
    ['kick 1', 'kick'],
    ['kick-job 1', 'kick-job'],
    ['pause-tube a 1', 'pause-tube'],
    ['stats', 'stats'],
    ['stats-job 1', 'stats-job'],
    ['stats-tube a', 'stats-tube'],
    ['list-tubes', 'list-tubes'],
    ['list-tube-used', 'list-tube-used'],
    ['list-tubes-watched', 'list-tubes-watched'],
  ])('%j is %s', (line, name) => expect(find(line)).toBe(name))
})

describe('names (contract section 3)', () => {
  const longest = 'a'.repeat(200)

  test.each(['use', 'watch', 'ignore', 'stats-tube'])('after %s stands exactly one name', (word) => {
    for (const name of ['a', 'Z9', '+/;.$_()-', '007', `${longest}`, 'a-', '(x)']) {
      expect(find(`${word} ${name}`)).toBe(word)
    }
    for (const name of ['-a', ' a', 'a ', 'a b', 'a:b', 'a,b', 'a@b', 'a*', 'a\tb', '\xe9', 'a\n', `${longest}a`]) {
      expect(find(`${word} ${name}`), name).toBe('BAD_FORMAT')
    }
  })

  test('pause-tube tolerates spaces before the name, or none at all', () => {
    for (const rest of [' a 5', '   a 5', 'a 5', ' a   5', ' a 005', ` ${longest} 0`]) {
      expect(find(`pause-tube${rest}`), rest).toBe('pause-tube')
    }
    for (const rest of [
      ' a',
      ' a ',
      ' 5',
      ' a 5 ',
      ' a 5x',
      ' a -1',
      ' -a 5',
      ' a:b 5',
      ' a 4294967296',
      ` ${longest}a 0`,
    ]) {
      expect(find(`pause-tube${rest}`), rest).toBe('BAD_FORMAT')
    }
  })
})

describe('numbers (contract sections 2, 3 and 13)', () => {
  test.each(['delete', 'touch', 'peek', 'kick-job', 'reserve-job', 'stats-job'])('after %s stands one id', (word) => {
    for (const id of ['0', '1', '  1', '007', '9007199254740993', '18446744073709551615', `${'0'.repeat(100)}1`]) {
      expect(find(`${word} ${id}`), id).toBe(word)
    }
    for (const id of [
      '-1',
      '+1',
      '1 ',
      '1x',
      'x',
      '1.0',
      '0x1',
      '1e3',
      '\t1',
      '18446744073709551616',
      '9'.repeat(200),
    ]) {
      expect(find(`${word} ${id}`), id).toBe('BAD_FORMAT')
    }
  })

  test('release and bury take an id and 32 bits', () => {
    for (const line of ['release 1 4294967295 4294967295', 'release  1  0  0', 'bury 1 4294967295', 'bury 1   0']) {
      expect(find(line), line).toBe(line.split(' ')[0])
    }
    for (const line of [
      ...['release 1', 'release 1 2', 'release 1 2 3 ', 'release 1 2 3 4', 'release 1 2 3x', 'release 1 4294967296 0'],
      ...['release 1 0 4294967296', 'release 18446744073709551616 0 0', 'release 1 -1 0', 'release 1 0\t0'],
      ...['bury 1', 'bury 1 ', 'bury 1 2 ', 'bury 1 4294967296', 'bury 1 +2', 'bury x 2'],
    ]) {
      expect(find(line), line).toBe('BAD_FORMAT')
    }
  })

  test('reserve-with-timeout ignores what stands behind its digits (A6) and ends at 2^31 - 1', () => {
    for (const rest of ['0', '5abc', '5 6', '  5', '005', '2147483647', '5.5', '5-']) {
      expect(find(`reserve-with-timeout ${rest}`), rest).toBe('reserve-with-timeout')
    }
    for (const rest of ['abc', '-1', '+1', '2147483648', '4294967295', '\t5', ' ']) {
      expect(find(`reserve-with-timeout ${rest}`), rest).toBe('BAD_FORMAT')
    }
  })

  test('kick is lax about its number (A5)', () => {
    for (const rest of [
      '0',
      '5',
      '  5',
      '\t5',
      '\v\f\n5',
      '+5',
      ' +5',
      '5abc',
      '5 6',
      '4294967296',
      '18446744073709551615',
    ]) {
      expect(find(`kick ${rest}`), rest).toBe('kick')
    }
    for (const rest of ['', ' ', 'abc', '-1', '+-1', '++1', '+ 1', '18446744073709551616', '9'.repeat(200)]) {
      expect(find(`kick ${rest}`), rest).toBe('BAD_FORMAT')
    }
  })
})
