import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { type NetConnectOpts, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Core, openCore } from '@weldmq/queue-core'
import { createMetrics, openLog } from '@weldmq/service-kit'
import { testDatabase } from '@weldmq/testing'
import { afterAll, onTestFinished } from 'vitest'
import type { BeanstalkConfig, ListenerConfig } from '../src/config.ts'
import { startBeanstalk } from '../src/index.ts'
import type { BeanstalkLimits } from '../src/start.ts'

/** Where a test's server listens. */
export type Place = NetConnectOpts

/** One kind of server that conversations are run against; `open` gives a test one of its own, with nothing in it. */
export type ServerKind = { name: string; open(): Promise<Place> }

const plain: ListenerConfig = {
  host: '127.0.0.1',
  port: 0,
  mode: 'off',
  project: undefined,
  tls: false,
  strict: false,
}

export type Options = Partial<Omit<BeanstalkConfig, 'listeners'>> & {
  listeners?: Partial<ListenerConfig>[]
  tls?: { cert: string; key: string }
  /** Somebody who looks on, or in the way. */
  core?: (core: Core) => Core
  limits?: Partial<BeanstalkLimits>
}

/** Ours, on a real core; to be called once, at the top of a test file. */
export async function startOurs() {
  const database = await testDatabase({
    prepare: async (template) => {
      const core = await openCore({ database: template })
      await core.stop()
    },
  })
  const core = await openCore({ database })
  afterAll(() => core.stop())
  const faults: string[] = []
  const log = openLog({ name: 'test', level: 'warn', destination: { write: (line) => void faults.push(line) } })

  async function newProject(): Promise<string> {
    const project = await core.createProject({ name: 'a test' })
    if (!project.ok) throw new Error(JSON.stringify(project))
    return project.value.id
  }

  /** A door of its own for one test, in a project of its own. */
  async function open(options: Options = {}) {
    const project = await newProject()
    const metrics = createMetrics()
    const { listeners = [{}], maxJobBytes = 65_535, quotes = true, tls } = options
    const beanstalk = await startBeanstalk({
      core: options.core ? options.core(core) : core,
      config: { listeners: listeners.map((listener) => ({ ...plain, ...listener })), maxJobBytes, quotes },
      project,
      tls,
      log,
      metrics,
      limits: options.limits ?? {},
    })
    onTestFinished(() => beanstalk.stop())
    const places = beanstalk.addresses.map((address): Place => {
      const { hostname: host, port } = new URL(`tcp://${address}`)
      return { host, port: Number(port) }
    })
    return { beanstalk, project, metrics, places, place: places[0]! }
  }

  const kind: ServerKind = { name: 'WeldMQ', open: async () => (await open()).place }
  return { core, database, faults, newProject, open, kind }
}

const reference = 'beanstalkd'

/** Debian's beanstalkd where it is installed: what a conversation expects is then seen on the reference as well. */
export function findReference(): ServerKind[] {
  if (spawnSync(reference, ['-v']).status !== 0) return []
  return [{ name: reference, open: openReference }]
}

async function openReference(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'beanstalkd-'))
  const path = join(folder, 'socket')
  const server = spawn(reference, ['-l', `unix:${path}`], { stdio: 'ignore' })
  onTestFinished(() => {
    server.kill()
    rmSync(folder, { recursive: true })
  })
  for (let tries = 0; tries < 200; tries++) {
    if (await answers(path)) return { path }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('beanstalkd did not start')
}

const answers = (path: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
