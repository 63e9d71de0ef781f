import { join } from 'node:path'
import type { BenchPostgres } from '../machine/postgres.ts'
import { startPeer } from '../peers/start-peer.ts'
import { startCore } from './start-core.ts'
import { startBeanstalkGateway, startGateway } from './start-gateway.ts'
import type { OwnName, Target, TargetName } from './target.ts'

export type Targets = {
  /** Starts it on a database of its own the first time it is asked for; throws LeftOut where it cannot be had. */
  get(name: TargetName): Promise<Target>
  stop(): Promise<void>
}

export type TargetOptions = {
  folder: string
  /** Folder for CPU profiles of the measured processes, which are written when they stop. */
  profileDir: string | undefined
  /** The file of pgmq's functions, if there is one. */
  pgmqSql: string | undefined
}

/** All on one server: what is idle costs the others a look at its queues now and then, and no more. */
export function openTargets(postgres: BenchPostgres, { folder, profileDir, pgmqSql }: TargetOptions): Targets {
  const ownDatabase = (name: OwnName) => postgres.createDatabase(`bench_${name}`)
  const started = new Map<TargetName, Promise<Target>>()

  async function start(name: TargetName): Promise<Target> {
    const nodeOptions = profileDir
      ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=${name}.cpuprofile`]
      : []
    switch (name) {
      case 'core':
        return startCore(await ownDatabase(name), { coalesce: true, nodeOptions })
      case 'uncoalesced':
        return startCore(await ownDatabase(name), { coalesce: false, nodeOptions })
      case 'http':
      case 'v2':
        return startGateway(await ownDatabase(name), {
          dataDir: join(folder, `gateway-${name}`),
          speaks: name === 'v2' ? 'v2' : 'v3',
          nodeOptions,
        })
      case 'beanstalk':
      case 'beanstalk-idle':
        return startBeanstalkGateway(await ownDatabase(name), { dataDir: join(folder, `gateway-${name}`), nodeOptions })
      default:
        return startPeer(name, postgres, { folder, nodeOptions, pgmqSql })
    }
  }

  return {
    get(name) {
      const target = started.get(name) ?? start(name)
      started.set(name, target)
      return target
    },
    async stop() {
      // One that is still starting is waited for, or it would outlive us; one that could not start has said so.
      const all = await Promise.allSettled(started.values())
      const running = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      await Promise.all(running.map((target) => target.stop()))
    },
  }
}
