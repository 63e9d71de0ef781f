import { once } from 'node:events'
import { type NetConnectOpts, type Socket, connect } from 'node:net'

/** One raw connection, read by bytes. */
export type Client = {
  socket: Socket
  /** As they are; text is Latin-1. */
  send(bytes: string | Buffer): void
  /** The next reply: its line, and the bytes behind it where the line announces some. */
  reply(): Promise<{ line: string; body: Buffer | undefined }>
  /** The next reply on one line. */
  line(): Promise<string>
  /** The text of the next reply, which is a document. */
  document(): Promise<string>
  /** Resolves once the server has closed; rejects when it says something before that. */
  closed(): Promise<void>
  /** Bytes that have come and that nobody has read yet. */
  unread(): number
  /** Every piece that came in on its own, for what is to be one write. */
  pieces: Buffer[]
}

/** Longer than anything takes that is not stuck. */
const STUCK_MILLISECONDS = 25_000

export async function openClient(place: NetConnectOpts): Promise<Client> {
  const socket = connect({ ...place, allowHalfOpen: true })
  await once(socket, 'connect')
  return clientOf(socket)
}

export function clientOf(socket: Socket): Client {
  let held: Buffer = Buffer.alloc(0)
  let isOver = false
  let changed = () => {}
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece)
    held = Buffer.concat([held, piece])
    changed()
  })
  const onOver = () => {
    isOver = true
    changed()
  }
  socket.on('end', onOver)
  socket.on('close', onOver)
  socket.on('error', onOver)

  async function until<T>(what: string, look: () => T | undefined): Promise<T> {
    const deadline = performance.now() + STUCK_MILLISECONDS
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      const left = deadline - performance.now()
      if (isOver)
        throw new Error(`closed while waiting for ${what}; unread: ${JSON.stringify(held.toString('latin1'))}`)
      if (left <= 0) throw new Error(`no ${what}; unread: ${JSON.stringify(held.toString('latin1').slice(0, 300))}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        changed = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  function take(count: number): Buffer | undefined {
    if (held.length < count) return undefined
    const taken = held.subarray(0, count)
    held = held.subarray(count)
    return taken
  }

  async function line(): Promise<string> {
    return until('line', () => {
      const end = held.indexOf('\r\n')
      return end === -1 ? undefined : take(end + 2)!.toString('latin1', 0, end)
    })
  }

  async function reply() {
    const text = await line()
    const announced = /^(?:RESERVED|FOUND|OK) (?:\d+ )?(\d+)$/.exec(text)?.[1]
    if (announced === undefined) return { line: text, body: undefined }
    const bytes = await until('body', () => take(Number(announced) + 2))
    const end = bytes.length - 2
    if (bytes.toString('latin1', end) !== '\r\n') throw new Error(`no CRLF behind the body of ${text}`)
    return { line: text, body: bytes.subarray(0, end) }
  }

  return {
    socket,
    pieces,
    send: (bytes) => void socket.write(bytes as string, 'latin1'),
    reply,
    line,
    async document() {
      const { line: text, body } = await reply()
      if (body === undefined || !text.startsWith('OK ')) throw new Error(`no document but ${text}`)
      return body.toString('latin1')
    },
    async closed() {
      await until('close', () => (isOver ? true : undefined))
      if (held.length > 0) throw new Error(`closed with words: ${JSON.stringify(held.toString('latin1'))}`)
    },
    unread: () => held.length,
  }
}
