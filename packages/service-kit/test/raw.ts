import { connect } from 'node:net'

/**
 * Sends these bytes over a connection of its own and resolves with everything that comes back until the other side
 * closes it, or until `enough` says so. Line ends are written as `\n` here and sent as CRLF.
 */
export function talk(port: number, text: string | Buffer, enough?: (received: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (data: string) => {
      received += data
      if (enough?.(received)) socket.destroy()
    })
    socket.on('error', (fault: NodeJS.ErrnoException) => (received === '' ? reject(fault) : resolve(received)))
    socket.on('close', () => resolve(received))
    socket.write(typeof text === 'string' ? text.replaceAll('\n', '\r\n') : text)
  })
}

/** The answer without its `Date`, with `\n` as line end: what can be compared with a transcript. */
export const transcript = (received: string): string => received.replaceAll('\r\n', '\n').replace(/^Date: .*\n/gm, '')
