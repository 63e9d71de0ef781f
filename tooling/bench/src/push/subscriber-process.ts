// The subscribers of a bench, in a process of their own, started by push-processes.ts.
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerParent } from '../load/answer-parent.ts'
import { createLatencies } from '../load/latencies.ts'
import type { Gathered, ToSubscribers } from './push-messages.ts'

const servers: Server[] = []
const now = () => performance.timeOrigin + performance.now()

let latencies = createLatencies()
let arrived = 0
let first = 0
let last = 0
let onArrival = () => {}

answerParent(obey)

async function obey(said: ToSubscribers): Promise<number[] | Gathered> {
  switch (said.kind) {
    case 'open':
      for (let i = 0; i < said.count; i++) servers.push(await serve(i < said.hanging))
      return servers.map((server) => (server.address() as AddressInfo).port)
    case 'reset':
      latencies = createLatencies()
      arrived = 0
      return []
    case 'gather':
      await untilArrived(said.count, said.withinSeconds)
      return figures()
    case 'close':
      for (const server of servers) server.closeAllConnections()
      return []
  }
}

/** One that takes each body, whose beginning says when it was posted; or one that never answers. */
async function serve(hangs: boolean): Promise<Server> {
  const server = createServer((request, response) => {
    let begin = ''
    request.setEncoding('latin1').on('data', (text: string) => (begin ||= text))
    if (hangs) return
    request.on('end', () => {
      response.end()
      last = now()
      if (arrived++ === 0) first = last
      const posted = Number.parseFloat(begin)
      if (posted > 0) latencies.add(last - posted)
      onArrival()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function untilArrived(count: number, withinSeconds: number): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(resolve, withinSeconds * 1000)
    onArrival = () => {
      if (arrived < count) return
      clearTimeout(giveUp)
      resolve()
    }
    onArrival()
  })
}

function figures(): Gathered {
  const [p50 = 0, p99 = 0] = latencies.percentiles(0.5, 0.99)
  return { arrived, perSecond: arrived / ((last - first) / 1000), p50, p99 }
}
