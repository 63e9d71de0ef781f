import { type CreateToken, type Result, openCore } from '@weldmq/queue-core'
import { createMetrics, httpApp, openLog, startHttp } from '@weldmq/service-kit'
import { testDatabase } from '@weldmq/testing'
import { afterAll } from 'vitest'
import { apiAuth } from '../src/index.ts'

/** Running routes on a real core; to be called once, at the top of a test file. */
export async function startAuth() {
  const database = await testDatabase({
    prepare: async (template) => {
      const core = await openCore({ database: template })
      await core.stop()
    },
  })
  const core = await openCore({ database })
  const lines: string[] = []
  const log = openLog({ name: 'test', level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const around = { log, metrics: createMetrics() }
  const app = httpApp(around).route('/', apiAuth({ core, ...around }))
  const server = await startHttp({ fetch: app.fetch, host: '127.0.0.1', port: 0, log })
  afterAll(async () => {
    await server.stop(0)
    await core.stop()
  })

  async function send(token: string | undefined, method: string, path: string, body?: unknown) {
    const response = await fetch(server.url + path, {
      method,
      headers: token === undefined ? {} : { Authorization: `OAuth ${token}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, json: (await response.json()) as any }
  }

  const aToken = async (rights: CreateToken) => valueOf(await core.createToken(rights)).secret
  return {
    core,
    send,
    aToken,
    aProject: async (name = 'a project') => valueOf(await core.createProject({ name })),
    admin: await aToken({ admin: true }),
    /** Everything logged so far. */
    logged: () => lines.join(''),
  }
}

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(JSON.stringify(result.refusal))
}
