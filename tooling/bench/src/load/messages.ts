import type { Measured } from '../scenarios/measure.ts'
import type { Task } from '../scenarios/scenario.ts'
import type { DoorOptions } from './open-door.ts'

/** What the bench says to a process that makes load: first which door to open, then one task after the other. */
export type ToLoadProcess = { kind: 'open'; door: DoorOptions } | { kind: 'perform'; task: Task } | { kind: 'close' }

/** One answer for each of them. */
export type FromLoadProcess = { ok: true; measured: Measured[] } | { ok: false; fault: string }
