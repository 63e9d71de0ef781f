import { connect } from 'node:net'

/**
 * Sends these bytes over a connection of its own and resolves with everything that comes back until the other side
 * closes it. Line ends are written as `\n` here and sent as CRLF.
 */
export function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.on('data', (data) => (received += data.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => resolve(received.replaceAll('\r\n', '\n').replace(/^Date: .*\n/gm, '')))
    socket.write(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'))
  })
}
