import { BODY_BYTES, type Caller, type Door, type Held } from './caller.ts'
import { cpuSecondsOf } from '../machine/cpu-seconds.ts'
import { type HttpConnection, connectHttp } from './http-connection.ts'

export type HttpDoorOptions = {
  host: string
  port: number
  project: string
  token: string
  speaks: 'v2' | 'v3'
  /** The gateway's process. */
  gatewayPid: number
}

/** v2 or v3 over HTTP/1.1: one keep-alive connection for each caller, and bytes that are put together once where possible. */
export async function openHttpDoor(options: HttpDoorOptions): Promise<Door> {
  let open: HttpConnection[] = []
  const closeCallers = () => {
    for (const connection of open) connection.close()
    open = []
  }
  return {
    async openCaller(queue) {
      const connection = await connectHttp(options.host, options.port)
      open.push(connection)
      return options.speaks === 'v2' ? v2Caller(connection, options, queue) : v3Caller(connection, options, queue)
    },
    closeCallers,
    cpuSeconds: () => cpuSecondsOf(options.gatewayPid),
    async close() {
      closeCallers()
    },
  }
}

type Request = (method: string, below: string, body: string) => string

/** Puts the bytes of a request on the queue together. */
function requestsTo({ host, port, project, token }: HttpDoorOptions, version: 1 | 3, queue: string): Request {
  const path = `/${version}/projects/${project}/queues/${encodeURIComponent(queue)}`
  const head = `HTTP/1.1\r\nHost: ${host}:${port}\r\nAuthorization: OAuth ${token}\r\nContent-Type: application/json\r\n`
  return (method, below, body) => `${method} ${path}${below} ${head}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** What both versions post, alike. */
function postsBy(request: Request): (count: number) => string {
  const message = `{"body":"${'x'.repeat(BODY_BYTES)}"}`
  return remembered((count) => request('POST', '/messages', `{"messages":[${Array(count).fill(message).join()}]}`))
}

/** As the old clients do: no reservation ids, and a body of `{}` on what is no GET. */
function v2Caller(connection: HttpConnection, options: HttpDoorOptions, queue: string): Caller {
  const request = requestsTo(options, 1, queue)
  const postOf = postsBy(request)
  const getOf = remembered((count) => request('GET', `/messages?n=${count}`, ''))
  return {
    async post(count) {
      await connection.ask(postOf(count), 200)
    },
    async reserve(count) {
      return heldIn(await connection.ask(getOf(count), 200))
    },
    async delete(held) {
      const [first] = held
      if (held.length > 1) {
        await connection.ask(request('DELETE', '/messages', JSON.stringify({ ids: held.map(({ id }) => id) })), 200)
      } else if (first) await connection.ask(request('DELETE', `/messages/${first.id}`, '{}'), 200)
    },
  }
}

function v3Caller(connection: HttpConnection, options: HttpDoorOptions, queue: string): Caller {
  const request = requestsTo(options, 3, queue)
  const postOf = postsBy(request)
  const reserveOf = remembered((count) => request('POST', '/reservations', `{"n":${count}}`))
  const heldAs = ({ id, reservationId }: Held) => `{"id":"${id}","reservation_id":"${reservationId}"}`

  return {
    async post(count) {
      await connection.ask(postOf(count), 201)
    },
    async reserve(count) {
      return heldIn(await connection.ask(reserveOf(count), 200))
    },
    async delete(held) {
      const [first] = held
      if (held.length > 1) {
        await connection.ask(request('DELETE', '/messages', `{"ids":[${held.map(heldAs).join()}]}`), 200)
      } else if (first) {
        const body = `{"reservation_id":"${first.reservationId}"}`
        await connection.ask(request('DELETE', `/messages/${first.id}`, body), 200)
      }
    },
  }
}

function heldIn(body: string): Held[] {
  const { messages } = JSON.parse(body) as { messages: { id: string; reservation_id: string }[] }
  return messages.map(({ id, reservation_id }) => ({ id, reservationId: reservation_id }))
}

/** The callers ask for few different counts, again and again. */
function remembered(make: (count: number) => string): (count: number) => string {
  const made = new Map<number, string>()
  return (count) => {
    let text = made.get(count)
    if (text === undefined) made.set(count, (text = make(count)))
    return text
  }
}
