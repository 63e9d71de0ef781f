import { expect, test } from 'vitest'
import { aSender, httpServer, saying, tcpServer } from './servers.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
const closed = { statusCode: 0, failure: 'the connection was closed before the answer was complete' }
const tooLate = { statusCode: 0, failure: 'no complete answer in time' }
const short = { timeoutMilliseconds: 300 }

test('a subscriber that never answers costs its time and no more', async () => {
  const server = await tcpServer((socket) => void socket.resume())
  expect(await aSender().post(server.url, short)).toEqual(tooLate)
  await expect.poll(() => server.sockets.size).toBe(0)
})

test('a subscriber that drips its headers, or its body, is not waited for', async () => {
  for (const begin of [
    '',
    'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2',
  ]) {
    const server = await tcpServer((socket) => {
      socket.write(begin)
      const drip = setInterval(() => socket.write('H'), 50)
      socket.on('close', () => clearInterval(drip))
    })
    expect(await aSender().post(server.url, short)).toMatchObject({ statusCode: 0 })
  }
})

test('a subscriber that announces an answer for ever is not waited for', async () => {
  const server = await tcpServer((socket) => {
    const drip = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20)
    socket.on('close', () => clearInterval(drip))
  })
  expect(await aSender().post(server.url, short)).toMatchObject({ statusCode: 0 })
})

test('a subscriber that answers 10 GB is read a little', async () => {
  let sent = 0
  const piece = Buffer.alloc(65_536, 'x')
  const server = await tcpServer((socket) => {
    const more = () => {
      do sent += piece.length
      while (!socket.destroyed && socket.write(piece))
    }
    socket.once('data', () => {
      socket.write('HTTP/1.1 500 No\r\nContent-Length: 10000000000\r\n\r\n')
      more()
    })
    socket.on('drain', more)
  })
  expect(await aSender().post(server.url)).toEqual({ statusCode: 500, failure: 'x'.repeat(1024) })
  await expect.poll(() => server.sockets.size).toBe(0)
  expect(sent).toBeLessThan(64 * 1024 * 1024)
})

test('a status with the first KiB counts although the rest never comes', async () => {
  const server = await saying(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(2000)}`)
  const sender = aSender()
  // Once more where the first KiB has taken longer than that.
  await expect.poll(() => sender.post(server.url, short)).toEqual({ statusCode: 200 })
})

test('a subscriber that resets, or closes, without an answer is a failure, and asked once', async () => {
  for (const end of ['resetAndDestroy', 'destroy', 'end'] as const) {
    const server = await tcpServer((socket) => void socket.once('data', () => socket[end]()))
    expect(await aSender().post(server.url)).toEqual(closed)
    expect(server.connections).toBe(1)
  }
})

test('half an answer is none', async () => {
  const halves = [
    'HTTP/1.1 200 OK\r\nContent-Le',
    'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  ]
  for (const half of halves) {
    const server = await saying(half, true)
    expect(await aSender().post(server.url)).toMatchObject({ statusCode: 0 })
  }
})

test('a kept connection that was closed meanwhile is no failure: the request goes out on a new one', async () => {
  let requests = 0
  const server = await tcpServer((socket) => {
    let answers = 0
    socket.on('data', () => {
      requests++
      if (answers++ === 0) socket.write(ok)
      else socket.destroy()
    })
  })
  const sender = aSender()
  expect(await sender.post(server.url)).toEqual({ statusCode: 200 })
  expect(await sender.post(server.url)).toEqual({ statusCode: 200 })
  expect(requests).toBe(3)
})

test('that happens once per attempt', async () => {
  let requests = 0
  const server = await tcpServer((socket) => {
    socket.on('data', () => {
      if (requests++ === 0) socket.write(ok)
      else socket.destroy()
    })
  })
  const sender = aSender()
  await sender.post(server.url)
  expect(await sender.post(server.url)).toEqual(closed)
  expect(requests).toBe(3)
})

test('garbage, broken chunks and answers that are no HTTP are failures', async () => {
  const answers = [
    '\x00\x01\x02\x03 nonsense\r\n\r\n',
    'SSH-2.0-OpenSSH_9.6\r\n',
    '220 mail.example.org ESMTP\r\n',
    'HTTP/1.1 99999 What\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  ]
  for (const answer of answers) {
    const server = await saying(answer, true)
    const outcome = await aSender().post(server.url)
    expect(outcome.statusCode, answer).toBe(0)
    expect(outcome.failure).toMatch(/^the (answer is not HTTP|connection was closed|answer has another)/)
  }
})

test('huge headers are refused', async () => {
  const server = await saying(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\nContent-Length: 0\r\n\r\n`)
  expect(await aSender().post(server.url)).toEqual({
    statusCode: 0,
    failure: 'the headers of the answer are too large',
  })
})

test('an answer that begins with a 100 nobody asked for is a failure', async () => {
  const server = await saying(`HTTP/1.1 100 Continue\r\n\r\n${ok}`)
  expect(await aSender().post(server.url)).toMatchObject({ statusCode: 0 })
})

test('a subscriber that switches protocols has not answered', async () => {
  const server = await saying('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
  expect(await aSender().post(server.url, short)).toMatchObject({ statusCode: 0 })
})

test('an answer nobody asked for on a kept connection is not taken for the next one', async () => {
  const stray = 'HTTP/1.1 500 Stray\r\nContent-Length: 0\r\n\r\n'
  let first = true
  const server = await tcpServer((socket) => {
    socket.on('data', () => {
      socket.write(first ? ok + stray : ok)
      first = false
    })
  })
  const sender = aSender()
  expect((await sender.post(server.url)).statusCode).toBe(200)
  expect((await sender.post(server.url)).statusCode).toBe(200)
})

test('an early answer to a body that is still under way counts', async () => {
  const server = await httpServer((_request, response) => response.writeHead(413, { Connection: 'close' }).end('large'))
  const outcome = await aSender().post(server.url, { body: Buffer.alloc(4 * 1024 * 1024) })
  expect([413, 0]).toContain(outcome.statusCode)
})

test('a hanging subscriber does not keep others waiting', async () => {
  const hanging = await tcpServer(() => undefined)
  const good = await saying(ok)
  const sender = aSender()
  const waiting = Array.from({ length: 50 }, () => sender.post(hanging.url))
  for (let i = 0; i < 20; i++) expect(await sender.post(good.url)).toEqual({ statusCode: 200 })
  await sender.stop()
  expect(await Promise.all(waiting)).toHaveLength(50)
})

test('nobody listens: a failure with a text that names no address', async () => {
  const sender = aSender()
  expect(await sender.post('http://127.0.0.1:1/')).toEqual({ statusCode: 0, failure: 'the connection was refused' })
})

test.each([
  'ftp://127.0.0.1/',
  'http://',
  'http://a b/',
  'javascript://x/',
  '',
  'http://[::1',
  'http://127.0.0.1:99999/',
])('the address %j is a failure and no fault', async (url) => {
  expect(await aSender().post(url)).toMatchObject({ statusCode: 0 })
})

test('security row 5: one that announces answers without end is not listened to for long', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'.repeat(1000)
  let sent = 0
  const subscriber = await tcpServer((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(hint)) sent += hint.length
    }
    socket.on('data', more).on('drain', more)
  })
  const failure = 'the answer was announced too often, and did not come'
  expect(await aSender().post(subscriber.url, { timeoutMilliseconds: 60_000 })).toEqual({ statusCode: 0, failure })
  expect(sent).toBeLessThan(64 * 1024 * 1024)
})
