import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCore } from '@weldmq/queue-core'
import { openLog } from '@weldmq/service-kit'
import { testDatabase } from '@weldmq/testing'
import { afterAll } from 'vitest'
import { type Config, readConfig, startGateway } from '../src/index.ts'

/** What the first start is told in tests, so that every gateway on the database knows it. */
export const projectId = '0123456789abcdef01234567'
export const adminToken = 'admin-token-of-these-tests'

/** What is still to be undone, the newest last. A hook of its own for each would not run when made inside a test. */
const leftOver: (() => Promise<unknown>)[] = []
export const undoAtEnd = (undo: () => Promise<unknown>): void => void leftOver.push(undo)
async function undoAll() {
  for (let undo = leftOver.pop(); undo; undo = leftOver.pop()) await undo()
}
afterAll(undoAll)

/** A migrated database for the calling test file; only to be called at its top. */
export async function aDatabase() {
  const database = await testDatabase({
    prepare: async (template) => {
      const core = await openCore({ database: template })
      await core.stop()
    },
  })
  afterAll(undoAll) // runs before the database is dropped
  return database
}

/** An empty folder that another user may enter, removed when the file's tests are done. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weldmq-gateway-'))
  await chmod(folder, 0o755)
  undoAtEnd(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A gateway in this process, on a port of its own; stopped after the file's tests. */
export async function aGateway(database: Config['database'], settings: Partial<Config> = {}) {
  const lines: string[] = []
  const config: Config = {
    ...readConfig({
      WELDMQ_LISTEN: '127.0.0.1:0',
      WELDMQ_BEANSTALK_LISTEN: '127.0.0.1:0',
      WELDMQ_DATA_DIR: await aFolder(),
    }),
    database,
    projectId,
    token: adminToken,
    ...settings,
  }
  const log = openLog({ name: 'test', level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const gateway = await startGateway(config, log)
  undoAtEnd(gateway.stop)
  return { ...gateway, config, logged: () => lines.join(''), send: sender(gateway.url, adminToken) }
}

/** Sends one request; a token of undefined sends none. */
export const sender =
  (url: string, token: string | undefined) =>
  async (method: string, path: string, body?: unknown, as: string | undefined = token) => {
    const response = await fetch(url + path, {
      method,
      headers: as === undefined ? {} : { Authorization: `OAuth ${as}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, headers: response.headers, json: jsonOf(text) }
  }

function jsonOf(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
