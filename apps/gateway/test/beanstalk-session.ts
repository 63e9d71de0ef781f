import { once } from 'node:events'
import { connect } from 'node:net'

/** One beanstalk connection; `ask` sends a request and answers with the reply's line and what stands behind it. */
export async function aBeanstalkSession(address: string) {
  const { hostname: host, port } = new URL(`tcp://${address}`)
  const socket = connect({ host, port: Number(port) })
  await once(socket, 'connect')
  let held = ''
  socket.setEncoding('latin1').on('data', (text: string) => (held += text))
  socket.on('error', () => {}) // 'close' follows
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))

  async function take(isWhole: () => number | undefined): Promise<string> {
    for (let end = isWhole(); ; end = isWhole()) {
      if (end !== undefined) {
        const taken = held.slice(0, end)
        held = held.slice(end + 2)
        return taken
      }
      if (socket.closed) throw new Error(`closed after: ${held}`)
      await Promise.race([once(socket, 'data'), once(socket, 'close')])
    }
  }
  const line = () => take(() => (held.includes('\r\n') ? held.indexOf('\r\n') : undefined))

  return {
    close: () => void socket.destroy(),
    closed,
    async ask(...lines: string[]): Promise<string[]> {
      socket.write(lines.map((text) => `${text}\r\n`).join(''), 'latin1')
      const reply = await line()
      const bytes = /^(?:RESERVED|FOUND|OK) (?:\d+ )?(\d+)$/.exec(reply)?.[1]
      return bytes ? [reply, await take(() => (held.length >= Number(bytes) + 2 ? Number(bytes) : undefined))] : [reply]
    },
  }
}
