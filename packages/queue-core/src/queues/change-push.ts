import type { Sql, Transaction } from '../db/connect.ts'
import { type Refusal, type Result, ok, refuse } from '../refusal.ts'
import { checkQueueName, invalid } from './check.ts'
import { checkPush, checkSubscribers, checkSubscribersSize } from './check-push.ts'
import { defaults } from './directory.ts'
import { findQueue } from './find.ts'
import type { Door, NewSubscriber, PushSettings, StoredPush } from './push.ts'
import { drawForSubscribers, forgetHealth, forgetOthersHealth, setPush } from './push.sql.ts'
import type { QueueWithSize } from './queue.ts'
import { type QueueRow, findQueueRow, insertQueue, lockQueue } from './queue.sql.ts'
import { type Draw, settlePush, withSubscribers, withoutSubscribers } from './settle-push.ts'

type OnQueue = { project: string; queue: string }

/** Whose secret was drawn, and what it is: in this answer and nowhere else. */
export type Drawn = { secrets: Record<string, string> }

/** A queue that is not there or is a pull queue is made into what is asked for, unless the caller says otherwise. */
type OnPush = OnQueue & { onlyPush?: boolean; door?: Door }

/** Changes how a queue delivers, its type included; creates the queue. What is left out keeps its value. */
export const changePush = (
  sql: Sql,
  command: OnPush & { settings: PushSettings },
): Promise<Result<QueueWithSize & Drawn>> =>
  change(sql, command, {
    create: true,
    wrong: checkPush(command, command.settings),
    most: command.settings.subscribers?.length ?? 0,
    settle: (now, draw) => settlePush(now, command.settings, draw),
  })

/** Adds subscribers; one whose name is there takes its place. Creates the queue, and makes a pull queue a multicast one. */
export const addSubscribers = (
  sql: Sql,
  command: OnPush & { subscribers: NewSubscriber[] },
): Promise<Result<QueueWithSize & Drawn>> =>
  change(sql, command, {
    create: true,
    wrong: checkSubscribers(command, command.subscribers),
    most: command.subscribers.length,
    settle: (now, draw) => withSubscribers(now, command.subscribers, draw),
  })

/** Removes every subscriber with one of these addresses or names; unknown ones are no mistake. */
export const removeSubscribers = (
  sql: Sql,
  command: OnPush & { urls?: string[]; names?: string[] },
): Promise<Result<QueueWithSize & Drawn>> =>
  change(sql, command, {
    create: false,
    wrong: undefined,
    most: 0,
    settle: (now) =>
      withoutSubscribers(now, ({ url, name }) => command.urls?.includes(url) || command.names?.includes(name) || false),
  })

/** Ends the pause of a subscriber that keeps failing: what waits for it is delivered from now on. */
export async function resumeSubscriber(sql: Sql, command: OnQueue & { name: string }): Promise<Result<void>> {
  const { project, queue, name } = command
  const [row] = checkQueueName(queue) ? [] : await findQueueRow(sql, project, queue)
  if (!row) return refuse({ kind: 'queue_not_found', queue })
  const one = row.push?.subscribers.find((subscriber) => subscriber.name === name)
  if (!one) return refuse({ kind: 'subscriber_not_found', name })
  await forgetHealth(sql, row.id, [one.id])
  return ok(undefined)
}

type Change = {
  create: boolean
  wrong: Refusal | undefined
  /** Subscribers that may be new. */
  most: number
  settle(now: StoredPush | undefined, draw: Draw): StoredPush | undefined
}

async function change(
  sql: Sql,
  { project, queue, onlyPush = false, door = 'v2' }: OnPush,
  how: Change,
): Promise<Result<QueueWithSize & Drawn>> {
  const create = how.create && !onlyPush
  const wrongName = checkQueueName(queue)
  if (wrongName) return refuse(create ? wrongName : { kind: 'queue_not_found', queue })
  if (how.wrong && create) return refuse(how.wrong)
  const secrets = noSecrets()
  const refused = await sql.begin(async (tx): Promise<Refusal | undefined> => {
    let [found] = await findQueueRow(tx, project, queue)
    if (!found && create) {
      await insertQueue(tx, { project, name: queue, ...defaults })
      ;[found] = await findQueueRow(tx, project, queue)
    }
    if (!found) return { kind: 'queue_not_found', queue }
    await lockQueue(tx, found.id)
    const [row] = await findQueueRow(tx, project, queue)
    if (!row) return { kind: 'queue_not_found', queue }
    if (!row.push && onlyPush) return { kind: 'not_a_push_queue', queue }
    if (how.wrong) return how.wrong
    const draw = await drawing(tx, how.most, door, secrets)
    return store(tx, row, how.settle(row.push ?? undefined, draw), queue)
  })
  if (refused) return refuse(refused)
  const changed = await findQueue(sql, { project, queue })
  return changed.ok ? ok({ ...changed.value, secrets }) : changed
}

/** Without a prototype: a subscriber may have any name. */
export const noSecrets = (): Record<string, string> => Object.create(null)

/** What new subscribers get; the secrets that are drawn are put where the caller finds them. */
export async function drawing(
  tx: Transaction,
  most: number,
  door: Door,
  secrets: Record<string, string>,
): Promise<Draw> {
  const [drawn] = await drawForSubscribers(tx, most)
  const { ids, after, now } = drawn!
  return {
    nextId: () => ids.shift()!,
    after,
    door,
    now,
    onSecret: (name, secret) => {
      secrets[name] = secret
    },
  }
}

/** Stores how the locked queue delivers, unless something else about it stands against that. */
export async function store(
  tx: Transaction,
  row: QueueRow,
  push: StoredPush | undefined,
  queue: string,
): Promise<Refusal | undefined> {
  if (push && !row.push && row.dead_letter_queue !== null) return HAS_DEAD_LETTERS
  if (push && !row.push && row.alerted) return { kind: 'alerts_on_push_queue', queue }
  const tooLarge = checkSubscribersSize(push?.subscribers ?? [])
  if (tooLarge) return tooLarge
  await setPush(tx, row.id, push ? JSON.stringify(push) : null)
  const watched = push?.pauseAfter ? push.subscribers : []
  await forgetOthersHealth(
    tx,
    row.id,
    watched.map(({ id }) => id),
  )
  return undefined
}

/** Dead letters are made by reserving, and nobody reserves from a push queue (contract v2 M18). */
const HAS_DEAD_LETTERS = invalid('type', 'must stay pull: the queue has a dead letter queue')
