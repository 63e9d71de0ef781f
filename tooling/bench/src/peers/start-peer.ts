import { join } from 'node:path'
import { besideServer } from '../load/beside-server.ts'
import { startLoadProcess } from '../load/load-process.ts'
import type { DoorOptions } from '../load/open-door.ts'
import type { BenchPostgres } from '../machine/postgres.ts'
import { LeftOut } from '../targets/left-out.ts'
import type { PeerName, Target } from '../targets/target.ts'
import { startBeanstalkd } from './beanstalkd-server.ts'
import { newerNode } from './newer-node.ts'

export type PeerOptions = {
  /** For what a peer keeps outside of Postgres. */
  folder: string
  nodeOptions: string[]
  /** The file of pgmq's functions, if there is one. */
  pgmqSql: string | undefined
}

/** The peer with its callers in one process, on a database of its own; throws LeftOut when this machine lacks it. */
export async function startPeer(name: PeerName, postgres: BenchPostgres, options: PeerOptions): Promise<Target> {
  switch (name) {
    case 'graphile-worker':
    case 'pg-boss': {
      const node = newerNode()
      if (!node) throw new LeftOut(`${name} is left out: it needs Node 22.18, and none is installed for this system.`)
      return inProcess({ at: name, database: await postgres.createDatabase(`bench_${name}`) }, options, node)
    }
    case 'pgmq': {
      if (!options.pgmqSql) {
        throw new LeftOut('pgmq is left out: its functions come with no package; name its SQL file with --pgmq-sql.')
      }
      const database = await postgres.createDatabase(`bench_${name}`)
      return inProcess({ at: name, database, sqlFile: options.pgmqSql }, options)
    }
    case 'raw-sql':
      return inProcess({ at: name, database: await postgres.createDatabase(`bench_${name}`) }, options)
    case 'beanstalkd':
      return beanstalkd(undefined, options)
    case 'beanstalkd-synced':
      return beanstalkd(join(options.folder, name), options)
  }
}

async function inProcess(door: DoorOptions, { nodeOptions }: PeerOptions, node?: string): Promise<Target> {
  const process = await startLoadProcess(door, nodeOptions, node)
  return { measuredPid: process.pid, perform: process.perform, stop: process.stop }
}

async function beanstalkd(logFolder: string | undefined, { nodeOptions }: PeerOptions): Promise<Target> {
  const server = await startBeanstalkd(logFolder)
  const { host, port, pid } = server
  return besideServer(server, { at: 'beanstalkd', host, port, serverPid: pid }, nodeOptions)
}
