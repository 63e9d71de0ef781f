import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

export type Frame = Record<string, any> & { type: string }

/** One WebSocket as the `ws` package opens it. Frames are taken in the order in which they came. */
export async function openClient(
  url: string,
  options: {
    token?: string
    headers?: Record<string, string>
    protocols?: string[]
    autoPong?: boolean
    /** Whose certificates count, in PEM. */
    ca?: string
  } = {},
) {
  const { token, headers = {}, protocols = ['weldmq.v1.json'], autoPong = true, ca } = options
  const socket = new WebSocket(url, protocols, {
    autoPong,
    ca,
    headers: { ...(token === undefined ? {} : { Authorization: `OAuth ${token}` }), ...headers },
  })
  onTestFinished(() => socket.terminate())
  const frames: Frame[] = []
  const wakes: (() => void)[] = []
  const wake = () => {
    for (const one of wakes.splice(0)) one()
  }
  let closed: { code: number; reason: string } | undefined
  socket.on('message', (bytes) => {
    frames.push(JSON.parse((bytes as Buffer).toString()))
    wake()
  })
  const closing = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      closed = { code, reason: String(reason) }
      wake()
      resolve(closed)
    })
  })
  socket.on('error', () => {})
  await Promise.race([once(socket, 'open'), closing])

  /** The first frame of that type that was not taken yet; those before it stay. */
  async function take(type: string | undefined, isIt: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const at = frames.findIndex((frame) => (type === undefined || frame.type === type) && isIt(frame))
      if (at !== -1) return frames.splice(at, 1)[0]!
      if (closed)
        throw new Error(`closed with ${closed.code} ${closed.reason} before ${type}: ${JSON.stringify(frames)}`)
      await new Promise<void>((resolve) => wakes.push(resolve))
    }
  }

  let asked = 0
  return {
    socket,
    frames,
    closing,
    take,
    takeEither: (isIt: (frame: Frame) => boolean) => take(undefined, isIt),
    send: (frame: object | string) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    /** Sends a frame with an id and answers with its reply, whatever that is. */
    async ask(frame: Record<string, unknown>): Promise<Frame> {
      const id = ++asked
      socket.send(JSON.stringify({ ...frame, id }))
      for (;;) {
        const at = frames.findIndex((one) => one['re'] === id)
        if (at !== -1) return frames.splice(at, 1)[0]!
        if (closed) throw new Error(`closed with ${closed.code} ${closed.reason}`)
        await new Promise<void>((resolve) => wakes.push(resolve))
      }
    },
    /** Messages of a subscription, until there are so many. */
    async messages(count: number, sub = 's'): Promise<Frame[]> {
      const messages: Frame[] = []
      while (messages.length < count) {
        messages.push(...(await take('messages', (frame) => frame['sub'] === sub))['messages'])
      }
      return messages
    },
    async close() {
      socket.close()
      await closing
    },
  }
}
