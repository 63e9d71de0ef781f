import { once } from 'node:events'
import { connect } from 'node:net'
import { adminToken } from './gateway.ts'

/** Under way once this resolves: the request that was sent together with it, in front of it, has its answer. */
export async function aLongPoll(url: string, queue: string): Promise<{ answers: Promise<string> }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8')
  let text = ''
  socket.on('data', (more: string) => (text += more))
  const answers = once(socket, 'close').then(() => text)
  const headers = `Host: localhost\r\nAuthorization: OAuth ${adminToken}\r\n`
  const body = '{"wait":30}'
  socket.write(
    `GET ${queue} HTTP/1.1\r\n${headers}\r\n` +
      `POST ${queue}/reservations HTTP/1.1\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
  )
  await once(socket, 'data')
  return { answers }
}
