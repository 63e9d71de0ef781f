import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** What a program counts about itself; no label ever holds a tenant's words. */
export type Metrics = {
  registry: Registry
  /** One answered request: the route's pattern, not its path. */
  countRequest(route: string, status: number, seconds: number): void
  /** One expected no, by the core's name for it. */
  countRefusal(door: string, kind: string): void
  /** The page in the Prometheus text format, and its content type. */
  page(): Promise<{ contentType: string; text: string }>
}

/** A registry of its own, so that two programs in one process (as in tests) do not meet. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'weldmq_' })
  const seconds = new Histogram({
    name: 'weldmq_http_request_seconds',
    help: 'Time from the headers to the answer; long polls are in it',
    labelNames: ['route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
    registers: [registry],
  })
  const refusals = new Counter({
    name: 'weldmq_refusals_total',
    help: 'Expected noes by door and kind',
    labelNames: ['door', 'kind'] as const,
    registers: [registry],
  })
  // Looking a label set up by its text costs more than the rest of a count, so each is looked up once.
  const byRoute = new Map<string, Histogram.Internal<'route' | 'status'>>()
  return {
    registry,
    countRequest(route, status, value) {
      const key = `${status} ${route}`
      let counted = byRoute.get(key)
      if (!counted) byRoute.set(key, (counted = seconds.labels({ route, status })))
      counted.observe(value)
    },
    countRefusal: (door, kind) => refusals.inc({ door, kind }),
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
