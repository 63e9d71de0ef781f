import type { Metrics } from '@weldmq/service-kit'
import { Counter, Gauge } from 'prom-client'

/** Counts commands by name and shows how many connections are open. */
export function countBeanstalk(
  { registry }: Pick<Metrics, 'registry'>,
  connections: ReadonlySet<unknown>,
): (name: string, count?: number) => void {
  const commands = new Counter({
    name: 'weldmq_beanstalk_commands_total',
    help: 'Well-formed beanstalk commands by name',
    labelNames: ['command'] as const,
    registers: [registry],
  })
  const open: Gauge = new Gauge({
    name: 'weldmq_beanstalk_connections',
    help: 'Open beanstalk connections',
    registers: [registry],
    collect: () => open.set(connections.size),
  })
  // Looking a label up costs more than counting, so each is looked up once.
  const byName = new Map<string, Counter.Internal>()
  return (name, count = 1) => {
    let counter = byName.get(name)
    if (!counter) byName.set(name, (counter = commands.labels(name)))
    counter.inc(count)
  }
}
