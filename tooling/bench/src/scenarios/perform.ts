import type { Door } from '../load/caller.ts'
import { backlog } from './backlog.ts'
import { batches } from './batches.ts'
import { cycle } from './cycle.ts'
import type { Measured } from './measure.ts'
import type { Task } from './scenario.ts'
import { steps } from './steps.ts'

const shapes = { steps, cycle, batches, backlog }

/** Does one scenario, once, with fresh callers. */
export async function perform(door: Door, task: Task): Promise<Measured[]> {
  try {
    const callers = await Promise.all(Array.from({ length: task.clients }, () => door.openCaller(task.queue)))
    return await shapes[task.shape]({ callers, cpuSeconds: door.cpuSeconds }, task)
  } finally {
    door.closeCallers()
  }
}
