import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Parser, type Request } from './parser.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** What comes out when the input comes in as these pieces, in a form that is easy to compare. */
function parse(pieces: Buffer[], maxBodyBytes = 65_535): string[] {
  const parser = new Parser(maxBodyBytes)
  return pieces.flatMap((piece) => {
    parser.push(piece)
    return all(parser)
  })
}

function all(parser: Parser): string[] {
  const shown: string[] = []
  for (let request = parser.next(); request; request = parser.next()) shown.push(show(request))
  return shown
}

function show(request: Request): string {
  switch (request.kind) {
    case 'line':
      return request.line
    case 'put':
      return `put ${Object.values(request.put).join(' ')} ${request.body.toString('latin1')}`
    case 'http':
      return 'HTTP'
    case 'refused':
      return request.word + (request.counted ? ' counted' : '') + (request.outOfStep ? ' out of step' : '')
  }
}

const say = (text: string, maxBodyBytes?: number) => parse([bytes(text)], maxBodyBytes)

describe('lines', () => {
  test.each<[string, string[]]>([
    ['stats\r\n', ['stats']],
    ['\r\n', ['']],
    ['a\r\nb\r\nc\r\n', ['a', 'b', 'c']],
    ['unfinished', []],
    ['GET / HTTP/1.1\r\nHOST: x\r\nHost\r\n', ['HTTP', 'HTTP', 'Host']],
    ['PUT 0 0 0 1\r\nGET\r\nhosts\r\nput-host: x\r\n', ['PUT 0 0 0 1', 'GET', 'hosts', 'put-host: x']],
    ['unfinished\r', []],
    ['a\nb\r\n', ['a\nb']],
    ['\n\r\n', ['\n']],
    ['\xe9\xff\r\n', ['\xe9\xff']],
    ['sta\0ts\r\nok\r\n', ['BAD_FORMAT', 'ok']],
    ['quit\0\r\n', ['BAD_FORMAT']],
    ['a\rb\r\nok\r\n', ['BAD_FORMAT', 'ok']],
    ['a\r\r\nok\r\n', ['BAD_FORMAT', 'ok']],
  ])('%j is %j', (text, requests) => expect(say(text)).toEqual(requests))

  test('a line of 224 bytes is the longest, its end counted', () => {
    const longest = 'x'.repeat(222)
    expect(say(`${longest}\r\nnext\r\n`)).toEqual([longest, 'next'])
    for (const length of [223, 224, 225, 447, 448, 671, 672, 5000, 100_000]) {
      expect(say(`${'x'.repeat(length)}\r\nnext\r\n`)).toEqual(['BAD_FORMAT', 'next'])
    }
  })

  test('of a line that never ends nothing is held', () => {
    const parser = new Parser(65_535)
    for (let i = 0; i < 1000; i++) {
      parser.push(Buffer.alloc(1000, i % 2 ? '\r' : 'x'))
      expect(parser.next()).toBeUndefined()
      expect(parser.unreadBytes).toBeLessThanOrEqual(1)
    }
    parser.push(bytes('\r\nnext\r\n'))
    expect(all(parser)).toEqual(['BAD_FORMAT', 'next'])
  })
})

describe('put', () => {
  test.each<[string, string[]]>([
    ['put 1 2 3 5\r\nhello\r\n', ['put 1 2 3 5 false hello']],
    ['put  001  0 00060 0\r\n\r\n', ['put 1 0 60 0 false ']],
    ['put 0 0 0 1\r\nx\r\n', ['put 0 0 1 1 false x']],
    ['put 4294967295 4294967295 4294967295 1\r\nx\r\n', ['put 4294967295 4294967295 4294967295 1 false x']],
    ['put 1 2 3 4\r\n\r\n\r\n\r\n', ['put 1 2 3 4 false \r\n\r\n']],
    // step 1: not consumed
    ['put 1 2 3\r\nhello\r\n', ['BAD_FORMAT out of step', 'hello']],
    ['put \r\n', ['BAD_FORMAT out of step']],
    ['put 1 2 3 -5\r\n', ['BAD_FORMAT out of step']],
    ['put 1 2 3\t5\r\n', ['BAD_FORMAT out of step']],
    ['put 4294967296 0 0 5\r\n', ['BAD_FORMAT out of step']],
    ['put 0 0 0 4294967296\r\n', ['BAD_FORMAT out of step']],
    ['put 0 0 0 5\0\r\n', ['BAD_FORMAT out of step']],
    ['put\r\n', ['put']],
    // step 2: swallowed, its end not looked at, and it wins over step 3
    ['put 1 2 3 7\r\nhello!!..next\r\n', ['JOB_TOO_BIG counted', 'next']],
    ['put 1 2 3 7 trailing\r\nhello!!\r\nnext\r\n', ['JOB_TOO_BIG counted', 'next']],
    ['put 1 2 3 7\r\nhello!!\r', []],
    // step 3: not consumed
    ['put 1 2 3 5 \r\nhello\r\n', ['BAD_FORMAT out of step', 'hello']],
    ['put 1 2 3 5x\r\n', ['BAD_FORMAT out of step']],
    // step 4: exactly five and two bytes are gone
    ['put 1 2 3 5\r\nhello!!\r\n', ['EXPECTED_CRLF counted out of step', '']],
    ['put 1 2 3 5\r\nhell\r\nstats\r\n', ['EXPECTED_CRLF counted out of step', 'tats']],
    ['put 1 2 3 5\r\nhello\r', []],
  ])('%j is %j', (text, requests) => expect(say(text, 6)).toEqual(requests))

  test('a body may be as large as allowed, and no larger', () => {
    expect(say('put 0 0 1 6\r\n123456\r\n', 6)).toEqual(['put 0 0 1 6 false 123456'])
    expect(say('put 0 0 1 7\r\n1234567\r\n', 6)).toEqual(['JOB_TOO_BIG counted'])
  })

  test('of a body that is too big nothing is held, whatever was announced', () => {
    const parser = new Parser(65_535)
    parser.push(bytes('put 0 0 0 4294967295\r\n'))
    for (let i = 0; i < 100; i++) {
      parser.push(Buffer.alloc(64 * 1024))
      expect(parser.next()).toBeUndefined()
      expect(parser.unreadBytes).toBe(0)
    }
  })

  test('room for a body is only made as its bytes arrive', () => {
    const parsers = Array.from({ length: 1000 }, () => new Parser(1_073_741_824))
    const before = process.memoryUsage().arrayBuffers
    for (const parser of parsers) {
      parser.push(bytes('put 0 0 0 1073741824\r\nx'))
      expect(parser.next()).toBeUndefined()
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('a large body in many pieces comes out whole', () => {
    const body = Buffer.from(Array.from({ length: 200_001 }, (_, i) => i % 256))
    const parser = new Parser(1_000_000)
    const input = Buffer.concat([bytes(`put 0 0 1 ${body.length}\r\n`), body, bytes('\r\nnext\r\n')])
    const requests: Request[] = []
    for (let at = 0; at < input.length; at += 1009) {
      parser.push(input.subarray(at, at + 1009))
      for (let request = parser.next(); request; request = parser.next()) requests.push(request)
    }
    expect(requests).toHaveLength(2)
    const [put] = requests
    expect(put?.kind === 'put' && put.body.equals(body)).toBe(true)
  })
})

describe('any bytes', () => {
  const conversation = bytes(
    [
      'put 1 2 3 5\r\nhello\r\n',
      'use a\r\nwatch b\r\n',
      'put 1 2 3 4\r\n\r\n\r\n\r\n',
      'put 1 2 3 70000\r\n',
      `${'y'.repeat(70_000)}..`,
      'put 0 0 0 3\r\nlonger\r\n',
      'bad\0line\r\nlone\rcr\r\ndouble\r\r\n',
      `${'z'.repeat(300)}\r\n`,
      `put ${'9'.repeat(300)}\r\nreserve\r\n`,
      'put 0 0 0 0\r\n\r\nquit\r\n',
    ].join(''),
  )
  const whole = parse([conversation])

  test('borders between packets mean nothing: split at every position', () => {
    expect(whole).toHaveLength(15)
    // Inside the body that is swallowed one border is like another.
    for (let at = 0; at < conversation.length; at += at > 200 && at < 70_000 ? 997 : 1) {
      expect(parse([conversation.subarray(0, at), conversation.subarray(at)])).toEqual(whole)
    }
  })

  test('nor do single bytes', () => {
    expect(parse(Array.from(conversation, (byte) => Buffer.of(byte)))).toEqual(whole)
  })

  test('nor does it matter whether requests are taken as they come or all at the end', () => {
    const parser = new Parser(65_535)
    for (let at = 0; at < conversation.length; at += 7) parser.push(conversation.subarray(at, at + 7))
    expect(parser.unreadBytes).toBe(conversation.length)
    expect(all(parser)).toEqual(whole)
    expect(parser.unreadBytes).toBe(0)
  })

  const snippet = fc.oneof(
    fc.constantFrom(
      '\r\n',
      '\r',
      '\n',
      '\0',
      ' ',
      'put ',
      'put 0 0 0 3\r\nabc\r\n',
      'put 0 0 0 9\r\n',
      'quit',
      '4294967296',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 300 }),
    fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1')),
  )

  test('random bytes in random pieces give the same as in one piece, and every byte is accounted for', () => {
    fc.assert(
      fc.property(
        fc.array(snippet, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (texts, sizes) => {
          const input = bytes(texts.join(''))
          const pieces: Buffer[] = []
          for (let at = 0, i = 0; at < input.length; i++) {
            const size = sizes[i % sizes.length]!
            pieces.push(input.subarray(at, at + size))
            at += size
          }
          expect(parse(pieces, 6)).toEqual(parse([input], 6))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a million lines in one packet after the other leave nothing behind', () => {
    const parser = new Parser(65_535)
    const packet = bytes('delete 12345\r\n'.repeat(1000))
    let lines = 0
    for (let i = 0; i < 1000; i++) {
      parser.push(packet)
      while (parser.next()) lines++
    }
    expect(lines).toBe(1_000_000)
    expect(parser.unreadBytes).toBe(0)
  })
})
