import type { CoreOptions } from '@weldmq/queue-core'
import type { Registry } from 'prom-client'
import type { Gateway } from './serve.ts'

/** What one process has counted. */
export type Counts = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** What the primary tells a worker. Settings are not in it: both read the same environment. */
export type ToWorker =
  /** The ports are those to ask for; 0 gives the one that the system chose for the others. */
  | { kind: 'start'; database: CoreOptions['database']; port: number; beanstalkPorts: number[] }
  | { kind: 'drain' }
  | { kind: 'stop' }
  | { kind: 'count' }
  /** The answer to `sum`: the page, or nothing when there was a fault. */
  | { kind: 'summed'; page: string | undefined }

/** What a worker tells the primary. */
export type ToPrimary =
  /** It listens to us, and wants `start`; what is sent to it earlier is lost. */
  | { kind: 'here' }
  /** It takes requests. */
  | { kind: 'ready'; gateway: Omit<Gateway, 'drain' | 'stop'> }
  /** It cannot start, in a sentence for people. */
  | { kind: 'failed'; reason: string }
  /** The answer to `count`. */
  | { kind: 'counted'; counts: Counts }
  /** Asks for what all workers together have counted. */
  | { kind: 'sum' }
