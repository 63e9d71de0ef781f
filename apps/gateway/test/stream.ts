import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

type Frame = Record<string, any> & { type: string }

/** One socket of the live stream on a gateway; frames are taken by what they are. */
export async function aStream(url: string, project: string, token: string) {
  const address = `${url.replace(/^http/, 'ws')}/3/projects/${project}/stream`
  const socket = new WebSocket(address, 'weldmq.v1.json', { headers: { Authorization: `OAuth ${token}` } })
  onTestFinished(() => socket.terminate())
  const frames: Frame[] = []
  let wakes: (() => void)[] = []
  let closed: number | undefined
  const wake = () => {
    const all = wakes
    wakes = []
    for (const one of all) one()
  }
  socket.on('message', (bytes: Buffer) => {
    frames.push(JSON.parse(bytes.toString()))
    wake()
  })
  socket.on('error', () => {})
  socket.on('close', (code) => {
    closed = code
    wake()
  })

  async function take(isIt: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const at = frames.findIndex(isIt)
      if (at !== -1) return frames.splice(at, 1)[0]!
      if (closed !== undefined) throw new Error(`closed with ${closed}: ${JSON.stringify(frames)}`)
      await new Promise<void>((resolve) => wakes.push(resolve))
    }
  }
  await take(({ type }) => type === 'welcome')

  let asked = 0
  const ask = (frame: Record<string, unknown>) => {
    const id = ++asked
    socket.send(JSON.stringify({ ...frame, id }))
    return take(({ re }) => re === id)
  }
  return {
    socket,
    take,
    ask,
    subscribe: (queue: string, more: object = {}) => ask({ type: 'subscribe', sub: queue, queue, credit: 10, ...more }),
    /** The next message of that queue. */
    message: async (queue: string): Promise<Frame> =>
      (await take(({ type, sub }) => type === 'messages' && sub === queue))['messages'][0],
    delete: (queue: string, { id, reservation_id }: Frame) =>
      ask({ type: 'delete', queue, ids: [{ id, reservation_id }] }),
    close: () => socket.terminate(),
  }
}
