import { join } from 'node:path'
import type { BenchPostgres } from '../machine/postgres.ts'
import { startCore } from './start-core.ts'
import { startGateway } from './start-gateway.ts'
import type { Target, TargetName } from './target.ts'

export type Targets = {
  /** Starts it on a database of its own the first time it is asked for. */
  get(name: TargetName): Promise<Target>
  stop(): Promise<void>
}

export type TargetOptions = {
  folder: string
  /** Folder for CPU profiles of the measured processes, which are written when they stop. */
  profileDir: string | undefined
}

/** All on one server: what is idle costs the others a look at its queues now and then, and no more. */
export function openTargets(postgres: BenchPostgres, { folder, profileDir }: TargetOptions): Targets {
  const started = new Map<TargetName, Promise<Target>>()

  async function start(name: TargetName): Promise<Target> {
    const database = await postgres.createDatabase(`bench_${name}`)
    const nodeOptions = profileDir
      ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=${name}.cpuprofile`]
      : []
    switch (name) {
      case 'core':
        return startCore(database, { coalesce: true, nodeOptions })
      case 'uncoalesced':
        return startCore(database, { coalesce: false, nodeOptions })
      case 'http':
        return startGateway(database, { dataDir: join(folder, 'gateway'), nodeOptions })
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
