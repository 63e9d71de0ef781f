import { cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What the figures were measured on; `load` is the one-minute load average before the run, 0 on a quiet machine. */
export type Machine = { cpu: string; cpus: number; memoryBytes: number; system: string; node: string; load: number }

export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cpus: all.length,
    memoryBytes: totalmem(),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    load: loadavg()[0] ?? 0,
  }
}

export const machineLine = ({ cpu, cpus, memoryBytes, system, node, load }: Machine): string =>
  `${cpus} × ${cpu}, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${system}, Node ${node}, load ${load.toFixed(1)} before`
