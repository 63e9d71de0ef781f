import type { Task } from '../scenarios/scenario.ts'
import type { DoorOptions } from './open-door.ts'

/** What the bench says to a process that makes load: first which door to open, then one task after the other. */
export type ToLoadProcess = { kind: 'open'; door: DoorOptions } | { kind: 'perform'; task: Task } | { kind: 'close' }
