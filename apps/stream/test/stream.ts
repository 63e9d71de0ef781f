import { type Core, type CreateToken, openCore } from '@weldmq/queue-core'
import { createMetrics, httpApp, openLog, startHttp } from '@weldmq/service-kit'
import { testDatabase } from '@weldmq/testing'
import { afterAll, onTestFinished } from 'vitest'
import { type StreamConfig, openStreamDoor, ticketRoute } from '../src/index.ts'
import type { StreamLimits } from '../src/limits.ts'
import { openClient } from './client.ts'

export type Options = { limits?: Partial<StreamLimits>; config?: StreamConfig; core?: (core: Core) => Core }

/** A real core and doors to it; to be called once, at the top of a test file. */
export async function startStream() {
  const database = await testDatabase({
    prepare: async (template) => {
      const core = await openCore({ database: template })
      await core.stop()
    },
  })
  const faults: string[] = []
  const log = openLog({ name: 'test', level: 'error', destination: { write: (line) => void faults.push(line) } })
  const open = () => openCore({ database, onFault: (fault, where) => log.error({ err: fault }, where) })
  const core = await open()
  afterAll(() => core.stop())

  /** Another core on the same database, as in another process. */
  async function anotherCore(): Promise<Core> {
    const another = await open()
    onTestFinished(() => another.stop())
    return another
  }

  /** A door of its own for one test, in a project of its own. */
  async function aDoor(options: Options = {}, on: Core = core) {
    const metrics = createMetrics()
    const { config = { origins: new Set<string>() }, limits = {} } = options
    const door = openStreamDoor({ core: options.core ? options.core(on) : on, config, log, metrics, limits })
    const app = httpApp({ log, metrics }).route('/', ticketRoute({ core: on, log, metrics }))
    const server = await startHttp({ fetch: app.fetch, host: '127.0.0.1', port: 0, log, upgrade: door.upgrade })
    onTestFinished(async () => {
      await Promise.all([door.stop(), server.stop(0)])
    })
    return { door, metrics, server, ...(await aProject(server.address)) }
  }

  async function aProject(address: string) {
    const project = valueOf(await core.createProject({ name: 'a test' }))
    const tokenFor = async (rights: CreateToken) =>
      valueOf(await core.createToken({ projects: [project.id], ...rights }))
    const { secret: token } = await tokenFor({})
    const url = `ws://${address}/3/projects/${project.id}/stream`
    const on = { project: project.id, queue: 'q' }
    await core.putQueue({ ...on, settings: {} })
    return {
      project: project.id,
      url,
      token,
      tokenFor,
      on,
      /** A client that has been welcomed. */
      async client(options: Parameters<typeof openClient>[1] = {}) {
        const client = await openClient(url, { token, ...options })
        await client.take('welcome')
        return client
      },
      post: async (...bodies: string[]) =>
        valueOf(await core.postMessages({ ...on, messages: bodies.map((body) => ({ body: Buffer.from(body) })) })),
      size: async () => valueOf(await core.findQueue(on)).size,
    }
  }
  return { core, database, faults, aDoor, anotherCore }
}

export function valueOf<T>(result: { ok: true; value: T } | { ok: false }): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result)}`)
  return result.value
}
