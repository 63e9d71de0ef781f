import type { Firing } from '../alerts/firing.ts'
import type { Dispatcher } from '../coalesce/dispatcher.ts'
import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import { type GivenBack, type Held, type Touched, createEndings } from './ending.ts'
import type { Keeper } from './keeper.ts'
import { createPosts } from './posting.ts'
import { createQueueSets } from './queue-sets.ts'
import type { WantedHold } from './reserve.sql.ts'
import { type Taken, createReserves } from './reserving.ts'
import type { NewRow } from './rows.ts'

/** Where a queue's work goes; `undefined` as an answer always means that the queue is gone. */
export type OnLine = { project: string; queueId: number }

export type Line = {
  /** Ids in the order of the rows. */
  post(on: OnLine, rows: NewRow[]): Promise<number[] | undefined>
  /** At most `count`, in order; fewer when fewer are ready. */
  reserve(on: OnLine, want: WantedHold & { count: number }): Promise<Taken[] | undefined>
  /**
   * The first message of all these queues in their common order; nothing when nothing is ready, undefined when one of
   * the queues is gone.
   */
  reserveAcross(project: string, queueIds: readonly number[], want: WantedHold): Promise<Taken[] | undefined>
  /** True when the reservation held and the message is buried. */
  bury(on: OnLine, held: Held & { priority: number }): Promise<boolean>
  /** True when the reservation held and the message is deleted. */
  finish(on: OnLine, held: Held): Promise<boolean>
  /** True when the reservation held and the message is ready, or delayed. */
  giveBack(on: OnLine, held: GivenBack): Promise<boolean>
  /** The reservation as it is now, when it held. */
  touch(on: OnLine, held: Touched): Promise<{ reservation: string; seconds: number } | undefined>
}

/**
 * The ready line of every queue: exact order, one reservation per message at a time, exact counts. What is behind it
 * (lanes, marks, plans) is told in this folder's README and is nobody else's business.
 */
export function createLine(sql: Sql, counters: Counters, dispatcher: Dispatcher, keeper: Keeper, firing: Firing): Line {
  const posts = createPosts(sql, counters, keeper, firing)
  const { reserves, reservesAcross } = createReserves(sql, keeper)
  const { finishes, burials, givingsBack, touches } = createEndings(sql, counters, firing)
  const queueSet = createQueueSets()

  return {
    post: ({ project, queueId }, rows) => firing.after(queueId, dispatcher.submit(posts, project, queueId, rows)),
    reserve: ({ project, queueId }, want) => dispatcher.submit(reserves, project, queueId, want),
    reserveAcross(project, queueIds, want) {
      const set = queueSet(queueIds)
      return dispatcher.submit(reservesAcross, project, set.id, { ...want, set })
    },
    bury: ({ project, queueId }, held) => dispatcher.submit(burials, project, queueId, held),
    finish: ({ project, queueId }, held) => firing.after(queueId, dispatcher.submit(finishes, project, queueId, held)),
    giveBack: ({ project, queueId }, held) => dispatcher.submit(givingsBack, project, queueId, held),
    touch: ({ project, queueId }, held) => dispatcher.submit(touches, project, queueId, held),
  }
}
