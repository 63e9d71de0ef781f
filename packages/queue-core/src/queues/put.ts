import { checkAlerts, checkCircles } from '../alerts/check.ts'
import { exchangeAlerts } from '../alerts/store.ts'
import type { Sql, Transaction } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { type Refusal, type Result, ok, refuse } from '../refusal.ts'
import { shownBeside } from './beside.ts'
import { type Drawn, drawing, noSecrets, store } from './change-push.ts'
import { checkQueueName, checkSettings, invalid } from './check.ts'
import { checkPush } from './check-push.ts'
import { defaults } from './directory.ts'
import { findQueue } from './find.ts'
import { type Queue, type QueueSettings, type QueueWithSize, toQueue } from './queue.ts'
import type { PushSettings } from './push.ts'
import { type QueueRow, findQueueRow, insertQueue, lockQueue, updateSettings } from './queue.sql.ts'
import { settlePush } from './settle-push.ts'

type PutQueue = { project: string; queue: string; settings: QueueSettings }

const NONE_TO_REMOVE = invalid('dead_letter.queue_name', 'must not be empty: the queue has no dead letter queue')
const NO_DEAD_LETTERS = invalid('dead_letter', 'must not be given for a push queue')
const NEEDS_SUBSCRIBERS = invalid('push.subscribers', 'must hold at least one subscriber')
const PULL_WITH_PUSH = invalid('push', 'must not be given for a pull queue')
const TARGET_IS_PUSH = invalid('dead_letter.queue_name', 'must not be a push queue')

/** Creates the queue, or applies the given settings to the one that exists; what is left out keeps its value. */
export const putQueue = (sql: Sql, command: PutQueue): Promise<Result<Queue & Drawn>> => change(sql, command, true)

/** Applies the given settings to a queue that exists, and answers it with its size. */
export async function updateQueue(sql: Sql, command: PutQueue): Promise<Result<QueueWithSize & Drawn>> {
  const changed = await change(sql, command, false)
  if (!changed.ok) return changed
  const found = await findQueue(sql, command)
  return found.ok ? ok({ ...found.value, secrets: changed.value.secrets }) : found
}

async function change(sql: Sql, { project, queue, settings }: PutQueue, create: boolean) {
  const wrongName = checkQueueName(queue)
  if (wrongName) return refuse(create ? wrongName : { kind: 'queue_not_found', queue })
  const { alerts, push } = settings
  const wrong =
    checkSettings(queue, settings) ??
    (alerts && checkAlerts(queue, alerts)) ??
    (push && checkPush({ project, queue }, push))
  const secrets = noSecrets()
  if (wrong) {
    const missing = !create && (await findQueueRow(sql, project, queue)).length === 0
    return refuse(missing ? { kind: 'queue_not_found', queue } : wrong)
  }
  return (await sql.begin(async (tx) => {
    let [found] = await findQueueRow(tx, project, queue)
    const circle = alerts && (found || create) ? await checkCircles(tx, { project, queue }, alerts) : undefined
    if (circle) return refuse(circle)
    const isNew = !found && create
    if (isNew) {
      // Before anything is made: a refusal does not roll the transaction back.
      const wrongPush = push && reasonAgainstNew(settings, queue)
      if (wrongPush) return refuse(wrongPush)
      if (settings.deadLetter && !settings.deadLetter.queueName) return refuse(NONE_TO_REMOVE)
      await insertQueue(tx, { project, name: queue, ...defaults })
      ;[found] = await findQueueRow(tx, project, queue)
    }
    if (!found) return refuse({ kind: 'queue_not_found', queue })
    await lockQueue(tx, found.id)
    const [row] = await findQueueRow(tx, project, queue)
    if (!row) return refuse({ kind: 'queue_not_found', queue })

    const wrongPush = push && !isNew && reasonAgainstChange(row, push, queue)
    if (wrongPush) return refuse(wrongPush)
    if (row.push && alerts?.length) return refuse({ kind: 'alerts_on_push_queue', queue })
    if (row.push && settings.deadLetter) return refuse(NO_DEAD_LETTERS)
    const deadLetter = await settleDeadLetter(tx, project, row, settings)
    if (deadLetter === 'none to remove') return refuse(NONE_TO_REMOVE)
    if (deadLetter === 'a push queue') return refuse(TARGET_IS_PUSH)
    const settled = {
      messageTimeout: settings.messageTimeoutSeconds ?? row.message_timeout,
      messageExpiration: settings.messageExpirationSeconds ?? row.message_expiration,
      deadLetterQueue: deadLetter?.queueName ?? null,
      maxReservations: deadLetter?.maxReservations ?? null,
    }
    const expirationGiven = settings.messageExpirationSeconds !== undefined
    await updateSettings(tx, { queueId: row.id, expirationGiven, ...settled })
    if (alerts) await exchangeAlerts(tx, row.id, alerts)
    if (push && push.type !== 'pull') {
      const draw = await drawing(tx, push.subscribers?.length ?? 0, 'v3', secrets)
      const settled = settlePush(row.push ?? undefined, push, draw)
      const refused = await store(tx, row, settled, queue)
      if (refused) return refuse(refused)
    }
    const [changed] = await findQueueRow(tx, project, queue)
    return ok({ ...toQueue(project, queue, changed!, await shownBeside(tx, changed!)), secrets })
  })) as Result<Queue & Drawn>
}

/** What stands against a new queue that delivers like this (contract v3 C5 to C7, C13). */
function reasonAgainstNew({ push, deadLetter, alerts }: QueueSettings, queue: string): Refusal | undefined {
  const { type = 'multicast', ...rest } = push!
  if (type === 'pull') return Object.values(rest).some((value) => value !== undefined) ? PULL_WITH_PUSH : undefined
  if (deadLetter) return NO_DEAD_LETTERS
  if (alerts?.length) return { kind: 'alerts_on_push_queue', queue }
  return push!.subscribers?.length ? undefined : NEEDS_SUBSCRIBERS
}

/** What stands against changing how a queue delivers: its type is fixed (contract v3 U4, Q1 of push.md). */
function reasonAgainstChange(row: QueueRow, push: PushSettings, queue: string): Refusal | undefined {
  const { type, ...rest } = push
  if (type !== undefined && type !== (row.push?.type ?? 'pull')) return { kind: 'queue_type_fixed', queue }
  const asksForPush = type === undefined || Object.values(rest).some((value) => value !== undefined)
  return !row.push && asksForPush ? PULL_WITH_PUSH : undefined
}

/** The dead letter queue as it will be; one that is newly named is created when it does not exist (contract v3 Z2). */
async function settleDeadLetter(tx: Transaction, project: string, row: QueueRow, { deadLetter }: QueueSettings) {
  const now = toQueue(project, '', row, { alerts: [], health: [] }).deadLetter
  if (!deadLetter) return now
  if (deadLetter.queueName === '') return now ? undefined : 'none to remove'
  const queueName = deadLetter.queueName ?? now?.queueName
  if (queueName === undefined) return 'none to remove'
  if (queueName !== now?.queueName) {
    await insertQueue(tx, { project, name: queueName, ...defaults })
    const [target] = await findQueueRow(tx, project, queueName)
    if (target?.push) return 'a push queue'
  }
  return {
    queueName,
    maxReservations: deadLetter.maxReservations ?? now?.maxReservations ?? limits.deadLetterMaxReservations.default,
  }
}
