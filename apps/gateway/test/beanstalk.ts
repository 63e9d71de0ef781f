import { once } from 'node:events'
import { connect } from 'node:net'
import { undoAtEnd } from './gateway.ts'

export type Say = {
  /** One command; its reply on one line, with whatever follows behind a space, as Latin-1. */
  (command: string, body?: string | Buffer): Promise<string>
  close(): void
}

/** A connection to `host:port` that uses the tube and watches only it. */
export async function aConnection(address: string, tube: string): Promise<Say> {
  const { hostname: host, port } = new URL(`tcp://${address}`)
  const socket = connect({ host, port: Number(port) })
  await once(socket, 'connect')
  undoAtEnd(async () => socket.destroy())
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => (received += text))

  async function say(command: string, body?: string | Buffer) {
    const parts = body === undefined ? [`${command}\r\n`] : [`${command}\r\n`, body, '\r\n']
    socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))))
    for (;;) {
      const reply = /^([^\r]*?(?: (\d+))?)\r\n/.exec(received)
      const announced = reply && /^(RESERVED|FOUND|OK) /.test(reply[1]!) ? Number(reply[2]) : undefined
      const end = reply ? reply[0].length + (announced === undefined ? 0 : announced + 2) : Infinity
      if (received.length >= end) {
        const text = received.slice(reply![0].length, end - 2)
        received = received.slice(end)
        return announced === undefined ? reply![1]! : `${reply![1]!.replace(/ \d+$/, '')} ${text}`
      }
      await once(socket, 'data')
    }
  }
  await say(`use ${tube}`)
  await say(`watch ${tube}`)
  if (tube !== 'default') await say('ignore default')
  return Object.assign(say, { close: () => void socket.destroy() })
}
