import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BODY_BYTES } from '../../load/caller.ts'
import { type HttpConnection, connectHttp } from '../../load/http-connection.ts'
import { createLatencies } from '../../load/latencies.ts'
import { milliseconds } from '../../report/units.ts'
import { type Gateway, spawnGateway } from '../../targets/spawn-gateway.ts'
import { bar } from './bar.ts'
import type { MakesCurve } from './curve.ts'

const QUEUES = 16
/** Whoever waits does so for longer than any of this takes. */
const WAIT_SECONDS = 30

/** A reserve waits on one gateway, a message is posted on another, again and again on one of several queues. */
export const wakeUp: MakesCurve = {
  name: 'wake-up',
  async run(bench) {
    const project = randomBytes(12).toString('hex')
    const token = randomBytes(20).toString('hex')
    const gateways: Gateway[] = []
    const connections: HttpConnection[] = []
    try {
      const start = async (name: string) => {
        const dataDir = join(bench.folder, name)
        const gateway = await spawnGateway(bench.database, { dataDir, nodeOptions: [], project, token })
        gateways.push(gateway)
        return gateway
      }
      const connected = async ({ host, port }: Gateway) => {
        const connection = await connectHttp(host, port)
        connections.push(connection)
        return connection
      }
      const waitingAt = await start('waiting')
      const postingAt = await start('posting')
      const asker = (gateway: Gateway) => requestsTo(gateway, { project, token })
      const poster = { connection: await connected(postingAt), request: asker(postingAt) }
      const queues = await Promise.all(
        Array.from({ length: QUEUES }, async (_, i) => ({ name: `wake-${i}`, waiter: await connected(waitingAt) })),
      )
      for (const { name } of queues) await createQueue(poster, name)

      const fromSend = createLatencies()
      const fromAnswer = createLatencies()
      const rounds = bench.quick ? 10 : 60
      for (let round = 0; round < rounds; round++) {
        const waits = queues.map(({ name, waiter }) => reserveWaiting(waiter, asker(waitingAt), name))
        // Longer than it takes to say "somebody waits here" to the other gateway.
        await pause(200)
        for (const [i, { name }] of queues.entries()) {
          const sent = performance.now()
          const post = poster.connection.ask(poster.request('POST', name, '/messages', messageBody), 201)
          const answered = post.then(() => performance.now())
          const arrived = await waits[i]!
          fromSend.add(arrived - sent)
          fromAnswer.add(Math.max(0, arrived - (await answered)))
          await pause(Math.random() * 10)
        }
      }
      const [sendP50 = 0, sendP99 = 0] = fromSend.percentiles(0.5, 0.99)
      const [answerP50 = 0, answerP99 = 0] = fromAnswer.percentiles(0.5, 0.99)
      return {
        name: 'wake-up',
        says: `A v3 reserve waits on one gateway, the message is posted on another: ${rounds * QUEUES} times.`,
        x: 'seconds',
        lines: [],
        figures: [
          {
            says: 'from sending the post to the arrival of the message',
            shown: `p50 ${milliseconds(sendP50)} ms, p99 ${milliseconds(sendP99)} ms`,
          },
          {
            says: 'from the answer to the post',
            shown: `p50 ${milliseconds(answerP50)} ms, p99 ${milliseconds(answerP99)} ms`,
          },
        ],
        bars: [
          bar(
            'wake-up across gateways, after the post was answered: p50 at most 5 ms',
            answerP50,
            (value) => value <= 5,
            ' ms',
          ),
          bar(
            'wake-up across gateways, after the post was answered: p99 at most 25 ms',
            answerP99,
            (value) => value <= 25,
            ' ms',
          ),
        ],
      }
    } finally {
      for (const connection of connections) connection.close()
      await Promise.all(gateways.map((gateway) => gateway.stop()))
    }
  },
}

type Request = (method: string, queue: string, below: string, body: string) => string

const messageBody = `{"messages":[{"body":"${'x'.repeat(BODY_BYTES)}"}]}`

const requestsTo =
  ({ host, port }: Gateway, { project, token }: { project: string; token: string }): Request =>
  (method, queue, below, body) =>
    `${method} /3/projects/${project}/queues/${queue}${below} HTTP/1.1\r\nHost: ${host}:${port}\r\n` +
    `Authorization: OAuth ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const createQueue = ({ connection, request }: { connection: HttpConnection; request: Request }, name: string) =>
  connection.ask(request('PUT', name, '', '{}'), 200)

/** Answers with the moment at which the message was there. */
async function reserveWaiting(connection: HttpConnection, request: Request, queue: string): Promise<number> {
  const body = `{"n":1,"wait":${WAIT_SECONDS},"delete":true}`
  const answer = await connection.ask(request('POST', queue, '/reservations', body), 200)
  const arrived = performance.now()
  if (!answer.includes('"id"')) throw new Error(`The reserve came back without a message: ${answer.slice(0, 200)}`)
  return arrived
}
