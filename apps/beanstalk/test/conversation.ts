import { once } from 'node:events'
import { type Socket, connect } from 'node:net'

/** The first line of a reply without its end, and the bytes behind it where there are any. */
export type Reply = { line: string; body?: Buffer }

/** One connection, byte for byte: it sends what it is given and cuts what comes back into replies (contract 1.3). */
export type Conversation = {
  send(bytes: Buffer | string): void
  /** The next reply, or `undefined` once the server has closed; rejects after 15 s without either. */
  reply(): Promise<Reply | undefined>
  /** One command that is answered with one reply. */
  ask(command: string): Promise<Reply>
  /** Whether a reply is here that nobody has asked for yet. */
  hasReply(): boolean
  /** Ends the sending half. */
  end(): void
  destroy(): void
}

const REPLY_WITHIN_MILLISECONDS = 15_000

type Waiting = { resolve(reply: Reply | undefined): void; reject(fault: Error): void; fault: Error }

export async function converse(port: number, host = '127.0.0.1'): Promise<Conversation> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true })
  await once(socket, 'connect')
  return over(socket)
}

function over(socket: Socket): Conversation {
  const replies: Reply[] = []
  const waiting: Waiting[] = []
  let received: Buffer = Buffer.alloc(0)
  let closed = false

  const hand = () => {
    while (waiting.length > 0 && (replies.length > 0 || closed)) waiting.shift()!.resolve(replies.shift())
  }
  const close = () => {
    closed = true
    hand()
  }
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    for (let next = firstReply(received); next; next = firstReply(received)) {
      replies.push(next.reply)
      received = received.subarray(next.end)
    }
    hand()
  })
  socket.on('end', () => {
    socket.destroy()
    close()
  })
  socket.on('error', close)
  socket.on('close', close)

  const reply = () =>
    new Promise<Reply | undefined>((resolve, reject) => {
      const late = setTimeout(() => {
        waiting.splice(waiting.indexOf(mine), 1)
        mine.fault.message = `no reply; so far: ${received.toString('latin1')}`
        reject(mine.fault)
      }, REPLY_WITHIN_MILLISECONDS)
      const mine: Waiting = {
        resolve: (found) => {
          clearTimeout(late)
          resolve(found)
        },
        reject,
        fault: new Error(),
      }
      waiting.push(mine)
      hand()
    })

  return {
    send: (bytes) => void socket.write(bytes),
    reply,
    async ask(command) {
      socket.write(`${command}\r\n`)
      const answer = await reply()
      if (!answer) throw new Error(`the server closed the connection instead of answering ${command}`)
      return answer
    },
    hasReply: () => replies.length > 0,
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}

const WITH_BODY = /^(?:RESERVED \d+|FOUND \d+|OK) (\d+)$/

function firstReply(bytes: Buffer): { reply: Reply; end: number } | undefined {
  const lineEnd = bytes.indexOf('\r\n')
  if (lineEnd === -1) return undefined
  const line = bytes.toString('latin1', 0, lineEnd)
  const begin = lineEnd + 2
  const count = WITH_BODY.exec(line)?.[1]
  if (count === undefined) return { reply: { line }, end: begin }

  const end = begin + Number(count)
  if (bytes.length < end + 2) return undefined
  if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new Error(`the body behind ${line} does not end in CRLF`)
  return { reply: { line, body: Buffer.from(bytes.subarray(begin, end)) }, end: end + 2 }
}
