import type { Sql } from '../db/connect.ts'
import { type Refusal, type Result, refuse } from '../refusal.ts'
import { checkQueueName, invalid } from './check.ts'
import { checkPush, checkSubscribers, checkSubscribersSize } from './check-push.ts'
import { defaults } from './directory.ts'
import { findQueue } from './find.ts'
import type { NewSubscriber, Push, PushSettings } from './push.ts'
import { setPush } from './push.sql.ts'
import type { QueueWithSize } from './queue.ts'
import { findQueueRow, insertQueue, lockQueue } from './queue.sql.ts'
import { settlePush, withSubscribers, withoutUrls } from './settle-push.ts'

type OnQueue = { project: string; queue: string }

/** Changes how a queue delivers, its type included; creates the queue. What is left out keeps its value. */
export const changePush = (sql: Sql, command: OnQueue & { settings: PushSettings }): Promise<Result<QueueWithSize>> =>
  change(sql, command, {
    create: true,
    wrong: checkPush(command, command.settings),
    settle: (now) => settlePush(now, command.settings),
  })

/** Adds subscribers; creates the queue, and makes a pull queue a multicast one. */
export const addSubscribers = (
  sql: Sql,
  command: OnQueue & { subscribers: NewSubscriber[] },
): Promise<Result<QueueWithSize>> =>
  change(sql, command, {
    create: true,
    wrong: checkSubscribers(command, command.subscribers),
    settle: (now) => withSubscribers(now, command.subscribers),
  })

/** Removes every subscriber with one of these addresses; unknown ones are no mistake. */
export const removeSubscribers = (sql: Sql, command: OnQueue & { urls: string[] }): Promise<Result<QueueWithSize>> =>
  change(sql, command, { create: false, wrong: undefined, settle: (now) => withoutUrls(now, command.urls) })

type Change = {
  create: boolean
  wrong: Refusal | undefined
  settle(now: Push | undefined): Push | undefined
}

async function change(sql: Sql, { project, queue }: OnQueue, how: Change): Promise<Result<QueueWithSize>> {
  const wrongName = checkQueueName(queue)
  if (wrongName) return refuse(how.create ? wrongName : { kind: 'queue_not_found', queue })
  if (how.wrong) return refuse(how.wrong)
  const refused = await sql.begin(async (tx): Promise<Refusal | undefined> => {
    let [found] = await findQueueRow(tx, project, queue)
    if (!found && how.create) {
      await insertQueue(tx, { project, name: queue, ...defaults })
      ;[found] = await findQueueRow(tx, project, queue)
    }
    if (!found) return { kind: 'queue_not_found', queue }
    await lockQueue(tx, found.id)
    const [row] = await findQueueRow(tx, project, queue)
    if (!row) return { kind: 'queue_not_found', queue }

    const push = how.settle(row.push ?? undefined)
    if (push && !row.push && row.dead_letter_queue !== null) return HAS_DEAD_LETTERS
    if (push && !row.push && row.alerted) return { kind: 'alerts_on_push_queue', queue }
    const tooLarge = checkSubscribersSize(push?.subscribers ?? [])
    if (tooLarge) return tooLarge
    await setPush(tx, row.id, push ? JSON.stringify(push) : null)
    return undefined
  })
  return refused ? refuse(refused) : findQueue(sql, { project, queue })
}

/** Dead letters are made by reserving, and nobody reserves from a push queue (contract v2 M18). */
const HAS_DEAD_LETTERS = invalid('type', 'must stay pull: the queue has a dead letter queue')
