import { BODY_BYTES, type Caller, type Door, type Held } from './caller.ts'
import { cpuSecondsOf } from '../machine/cpu-seconds.ts'
import { type HttpConnection, connectHttp } from './http-connection.ts'

export type HttpDoorOptions = {
  host: string
  port: number
  project: string
  token: string
  /** The gateway's process. */
  gatewayPid: number
}

/** v3 over HTTP/1.1: one keep-alive connection for each caller, and bytes that are put together once where possible. */
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
      return v3Caller(connection, options, queue)
    },
    closeCallers,
    cpuSeconds: () => cpuSecondsOf(options.gatewayPid),
    async close() {
      closeCallers()
    },
  }
}

function v3Caller(connection: HttpConnection, { host, port, project, token }: HttpDoorOptions, queue: string): Caller {
  const path = `/3/projects/${project}/queues/${encodeURIComponent(queue)}`
  const head = `HTTP/1.1\r\nHost: ${host}:${port}\r\nAuthorization: OAuth ${token}\r\nContent-Type: application/json\r\n`
  const request = (method: string, below: string, body: string) =>
    `${method} ${path}${below} ${head}Content-Length: ${body.length}\r\n\r\n${body}`

  const message = `{"body":"${'x'.repeat(BODY_BYTES)}"}`
  const postOf = remembered((count) =>
    request('POST', '/messages', `{"messages":[${Array(count).fill(message).join()}]}`),
  )
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
