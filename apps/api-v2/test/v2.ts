import { type Core, type CoreOptions, type CreateToken, openCore } from '@weldmq/queue-core'
import { createMetrics, httpApp, openLog, startHttp } from '@weldmq/service-kit'
import { testDatabase } from '@weldmq/testing'
import { afterAll } from 'vitest'
import { type ApiV2Options, apiV2 } from '../src/index.ts'

/** A running v2 on a real core, perhaps with somebody looking on; to be called once, at the top of a test file. */
export async function startV2(
  lookOn: (core: Core) => Core = (core) => core,
  { ackTokens = 'optional', ...options }: Pick<CoreOptions, 'onBatch'> & Pick<ApiV2Options, 'ackTokens'> = {},
) {
  const database = await testDatabase({
    prepare: async (template) => {
      const core = await openCore({ database: template })
      await core.stop()
    },
  })
  const core = await openCore({ database, ...options })
  const faults: string[] = []
  const log = openLog({ name: 'test', level: 'warn', destination: { write: (line) => void faults.push(line) } })
  const around = { log, metrics: createMetrics() }
  const app = httpApp(around).route('/', apiV2({ core: lookOn(core), ackTokens, ...around }))
  const server = await startHttp({ fetch: app.fetch, host: '127.0.0.1', port: 0, log })
  afterAll(async () => {
    await server.stop(0)
    await core.stop()
  })
  return { core, app, database, port: server.port, url: server.url, faults, aProject: () => aProject(core, server.url) }
}

export type InProject = Awaited<ReturnType<typeof aProject>>

export type Answer = {
  status: number
  /** The body as it came. */
  text: string
  /** The body, read. */
  json: Body
  headers: Headers
}

/** Every answer has some of these keys; the list of queues is one of them, bare. */
type Body = Queue & {
  msg: string
  ids: string[]
  messages: Message[]
  subscribers: { id: string; url: string; status: string; status_code: number }[]
}
type Queue = { id: string; name: string; size: number; total_messages: number }
export type Message = { id: string; body: string; timeout: number; reserved_count: number; status?: string }

/** A project of its own with a token for everything; paths given to `send` are inside it. */
async function aProject(core: Core, url: string) {
  const project = valueOf(await core.createProject({ name: 'a test' }))
  const tokenFor = async (rights: CreateToken) =>
    valueOf(await core.createToken({ projects: [project.id], ...rights })).secret
  const token = await tokenFor({})
  const base = `/1/projects/${project.id}`

  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
    const response = await fetch(url + base + path, {
      method,
      headers: { Authorization: `OAuth ${token}`, ...headers },
      ...(body !== undefined && { body: raw ? (body as string | Buffer) : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, json: JSON.parse(text), headers: response.headers }
  }

  return {
    id: project.id,
    token,
    tokenFor,
    base,
    send,
    /** The answer on one line: what most tests compare. */
    say: async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
      const { status, text } = await send(method, path, body, headers)
      return `${status} ${text}`
    },
    post: async (queue: string, ...bodies: string[]): Promise<string[]> => {
      const { json } = await send('POST', `/queues/${queue}/messages`, { messages: bodies.map((body) => ({ body })) })
      return json.ids
    },
    /** Reserves. */
    get: async (queue: string, query = ''): Promise<Message[]> =>
      (await send('GET', `/queues/${queue}/messages?${query}`)).json.messages,
    /** The bodies of everything that can be had. */
    async drain(queue: string): Promise<string[]> {
      const { json } = await send('GET', `/queues/${queue}/messages?n=100`)
      return json.messages.map(({ body }) => body)
    },
    /** Messages of the queue now, whatever their state. */
    size: async (queue: string): Promise<number> => (await send('GET', `/queues/${queue}`)).json.size,
  }
}

function valueOf<T>(result: { ok: true; value: T } | { ok: false }): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result)}`)
  return result.value
}
