import { type Socket, connect } from 'node:net'

export type HttpConnection = {
  /** Sends the bytes of one whole request and answers with the body; rejects when the status is another. */
  ask(request: string, status: number): Promise<string>
  close(): void
}

type Waiting = { status: number; resolve(body: string): void; reject(fault: Error): void }

const BUFFER_BYTES = 64 * 1024

/**
 * One keep-alive connection that does no more than the figures need, since the load shares the machine with what it
 * measures: ASCII only, one request at a time, answers with a Content-Length, no allocation per read.
 */
export async function connectHttp(host: string, port: number): Promise<HttpConnection> {
  let waiting: Waiting | undefined
  let received = ''
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES)

  const socket: Socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer,
      callback(length) {
        received += buffer.toString('latin1', 0, length)
        takeAnswer()
        return true
      },
    },
  })
  const fail = (fault: Error) => {
    waiting?.reject(fault)
    waiting = undefined
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('The gateway closed the connection.')))

  function takeAnswer() {
    const answer = parseAnswer(received)
    if (!answer || !waiting) return
    received = ''
    if (answer.status !== waiting.status) {
      fail(new Error(`The gateway answered ${answer.status}, not ${waiting.status}: ${answer.body.slice(0, 300)}`))
      return
    }
    const { resolve } = waiting
    waiting = undefined
    resolve(answer.body)
  }

  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return {
    ask: (request, status) =>
      new Promise((resolve, reject) => {
        waiting = { status, resolve, reject }
        socket.write(request, 'latin1')
      }),
    close: () => socket.destroy(),
  }
}

/** Undefined while part of it is still to come. */
function parseAnswer(text: string): { status: number; body: string } | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const bodyStart = headEnd + 4
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1])
  if (Number.isNaN(length)) return { status: 0, body: `no Content-Length in ${text}` }
  if (text.length < bodyStart + length) return undefined
  return { status: Number(text.slice(9, 12)), body: text.slice(bodyStart, bodyStart + length) }
}
