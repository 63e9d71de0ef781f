import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { StreamDoor } from './client-messages.ts'

/** A socket that has been let in; frames go to `onFrame` as they came. */
export async function openSocket(
  { host, port, project, token }: StreamDoor,
  onFrame: (text: string) => void,
  localAddress?: string,
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${host}:${port}/3/projects/${project}/stream`, 'weldmq.v1.json', {
    headers: { Authorization: `OAuth ${token}` },
    perMessageDeflate: false,
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  const welcome = new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', (code) => reject(new Error(`The stream closed with ${code}`)))
    socket.on('message', (bytes: Buffer) => {
      const text = bytes.toString()
      if (text.startsWith('{"type":"welcome"')) resolve()
      else onFrame(text)
    })
  })
  await once(socket, 'open')
  await welcome
  return socket
}
