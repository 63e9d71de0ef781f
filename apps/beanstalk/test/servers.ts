import { type Core, openCore } from '@weldmq/queue-core'
import { createMetrics, openLog } from '@weldmq/service-kit'
import { testDatabase } from '@weldmq/testing'
import { afterAll, onTestFinished } from 'vitest'
import type { BeanstalkConfig, ListenerConfig } from '../src/config.ts'
import { startBeanstalk } from '../src/index.ts'
import type { BeanstalkLimits } from '../src/start.ts'
import { beanstalkdMissing, startBeanstalkd } from './beanstalkd.ts'

/** Where a test's server listens. */
export type Place = { host: string; port: number }

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

/** Debian's beanstalkd where it is installed: what a conversation expects is then seen on the reference as well. */
export function findReference(): ServerKind[] {
  if (beanstalkdMissing) return []
  return [{ name: 'beanstalkd', open: openReference }]
}

async function openReference(): Promise<Place> {
  const { host, port, stop } = await startBeanstalkd()
  onTestFinished(stop)
  return { host, port }
}
