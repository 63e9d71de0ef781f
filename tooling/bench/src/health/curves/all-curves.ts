import type { MakesCurve } from './curve.ts'
import { dueAtOnce } from './due-at-once.ts'
import { heldFull, heldLapsing, heldPaced } from './held.ts'
import { manyQueues } from './many-queues.ts'
import { lapsing, priorities } from './mixed.ts'
import { neighbour } from './neighbour.ts'
import { notify } from './notify.ts'
import { backlog, delayed, reserved } from './sizes.ts'
import { wakeUp } from './wake-up.ts'

/** In the order in which they run. */
export const allCurves: MakesCurve[] = [
  wakeUp,
  notify,
  lapsing,
  priorities,
  manyQueues,
  reserved,
  delayed,
  dueAtOnce,
  backlog,
  neighbour,
  heldPaced,
  heldFull,
  heldLapsing,
]
