import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import type { LoadSpec } from './load-spec.ts'

/** What the bench says to a worker: first which core to open, then one load after the other. */
export type ToWorker =
  | { kind: 'open'; database: ConnectionOptions; project: string; coalesce: boolean }
  | { kind: 'run'; spec: LoadSpec }
  | { kind: 'close' }
