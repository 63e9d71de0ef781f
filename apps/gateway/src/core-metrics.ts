import type { Core } from '@weldmq/queue-core'
import { Gauge, Histogram, Registry } from 'prom-client'

/** Queues shown at most; the longest ones. */
const QUEUES_SHOWN = 100
/** What the database said about the queues is shown again for this long. */
const DEPTHS_GOOD_MILLISECONDS = 5000

/** Counts what the core tells about its statements, in the registry of the program. */
export function countBatches(registry: Registry): (kind: string, items: number, seconds: number) => void {
  const labelNames = ['kind'] as const
  const sizes = new Histogram({
    name: 'weldmq_batch_items',
    help: 'Callers that shared one statement',
    labelNames,
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: [registry],
  })
  const times = new Histogram({
    name: 'weldmq_statement_seconds',
    help: 'From sending a statement to the end of its transaction',
    labelNames,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  })
  return (kind, items, seconds) => {
    sizes.observe({ kind }, items)
    times.observe({ kind }, seconds)
  }
}

/** The page about the queues, in the Prometheus text format; it names projects and queues, so only admins may see it. */
export function queueDepths(core: Pick<Core, 'queueDepths'>): () => Promise<string> {
  let asked = -Infinity
  let page: Promise<string> | undefined

  return () => {
    if (page && performance.now() - asked < DEPTHS_GOOD_MILLISECONDS) return page
    asked = performance.now()
    const fresh = writePage(core)
    fresh.catch(() => (asked = -Infinity))
    return (page = fresh)
  }
}

async function writePage(core: Pick<Core, 'queueDepths'>): Promise<string> {
  const registry = new Registry()
  const labelNames = ['project', 'queue'] as const
  const sizes = new Gauge({
    name: 'weldmq_queue_size',
    help: `Ready, delayed, reserved and buried messages of the ${QUEUES_SHOWN} longest queues`,
    labelNames,
    registers: [registry],
  })
  const ages = new Gauge({
    name: 'weldmq_queue_oldest_ready_seconds',
    help: 'Age of the oldest message that could be reserved now; 0 when there is none',
    labelNames,
    registers: [registry],
  })
  for (const { project, queue, size, oldestReadySeconds } of await core.queueDepths(QUEUES_SHOWN)) {
    sizes.set({ project, queue }, size)
    ages.set({ project, queue }, oldestReadySeconds)
  }
  return registry.metrics()
}
