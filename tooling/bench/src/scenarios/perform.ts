import type { Caller, Door } from '../load/caller.ts'
import { ahead, posts } from './posts.ts'
import { backlog } from './backlog.ts'
import { batches } from './batches.ts'
import { cycle } from './cycle.ts'
import { idle } from './idle.ts'
import type { Measured } from './measure.ts'
import type { Task } from './scenario.ts'
import { steps } from './steps.ts'

const shapes = { steps, cycle, batches, backlog, posts, ahead, idle }

/** So many connect at once; a server's line of those it has not accepted yet is not endless. */
const WAVE = 250

/** Does one scenario, once, with fresh callers. */
export async function perform(door: Door, task: Task): Promise<Measured[]> {
  try {
    const callers: Caller[] = []
    while (callers.length < task.clients) {
      const wave = Math.min(WAVE, task.clients - callers.length)
      callers.push(...(await Promise.all(Array.from({ length: wave }, () => door.openCaller(task.queue)))))
    }
    return await shapes[task.shape]({ callers, cpuSeconds: door.cpuSeconds }, task)
  } finally {
    door.closeCallers()
  }
}
