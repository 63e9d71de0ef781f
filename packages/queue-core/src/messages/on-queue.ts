import type { Firing } from '../alerts/firing.ts'
import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import type { ById } from '../line/by-id.ts'
import type { Keeper } from '../line/keeper.ts'
import type { Line, OnLine } from '../line/line.ts'
import { checkQueueName } from '../queues/check.ts'
import type { Directory } from '../queues/directory.ts'
import { type Refusal, type Result, refuse } from '../refusal.ts'
import type { Tallies } from '../sessions/tallies.ts'
import type { Signals } from '../signals/signals.ts'

/** What the operations on messages work with. */
export type Parts = {
  /** Short transactions and settings; an ordinary planner. */
  sql: Sql
  /** Statements on messages, with their plans pinned. */
  hot: Sql
  directory: Directory
  counters: Counters
  keeper: Keeper
  line: Line
  byId: ById
  signals: Signals
  tallies: Tallies
  firing: Firing
  /** Throws once this process takes no more posts. */
  checkPostsOpen(): void
  /** Makes ready what is due by now; resolves with the number of messages. */
  flipDue(): Promise<number>
}

/** What a piece of work answers when the queue that the directory named is gone. */
export const GONE = Symbol('the queue is gone')

/** Runs work on the queue of that name, once more when the directory was out of date. */
export async function onQueue<T>(
  { directory }: Pick<Parts, 'directory'>,
  { project, queue }: { project: string; queue: string },
  work: (on: OnLine) => Promise<Result<T> | typeof GONE>,
): Promise<Result<T>> {
  if (!checkQueueName(queue)) {
    for (let attempt = 0; attempt < 3; attempt++) {
      const queueId = await directory.find(project, queue)
      if (queueId === undefined) break
      const answer = await work({ project, queueId })
      if (answer !== GONE) return answer
      directory.forget(project, queue)
    }
  }
  return refuse({ kind: 'queue_not_found', queue })
}

/** The order of checks: the queue's absence first, then what is wrong with the values (contract v3, section 1.2). */
export async function unlessInvalid<T>(
  parts: Pick<Parts, 'directory'>,
  command: { project: string; queue: string },
  wrong: Refusal | undefined,
  work: (on: OnLine) => Promise<Result<T> | typeof GONE>,
): Promise<Result<T>> {
  return onQueue(parts, command, wrong ? async () => refuse(wrong) : work)
}
