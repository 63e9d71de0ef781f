import { isHops } from '../deliveries/hops.ts'
import type { NewRow } from '../line/rows.ts'
import { limits } from '../limits.ts'
import { checkQueueName, checkWhole, invalid } from '../queues/check.ts'
import { MOST_ATTEMPTS, droppedAgain } from '../queues/directory.ts'
import { type Refusal, type Result, ok, refuse } from '../refusal.ts'
import { announce } from './announce.ts'
import { postOnce } from './post-once.ts'
import type { PostMessages } from './message.ts'
import type { Parts } from './on-queue.ts'

/** Stores all messages durably, or none, and answers their ids in the order given. Creates the queue. */
export async function postMessages(parts: Parts, command: PostMessages): Promise<Result<number[]>> {
  const wrong = checkPost(command)
  if (wrong) return refuse(wrong)
  const rows = command.messages.map((message): NewRow => ({
    body: message.body,
    delaySeconds: message.delaySeconds ?? 0,
    priority: message.priority ?? limits.priority.default,
    timeoutSeconds: message.timeoutSeconds ?? null,
    expirationSeconds: message.expirationSeconds === Infinity ? -1 : (message.expirationSeconds ?? null),
    pushHeaders: message.pushHeaders ? JSON.stringify(message.pushHeaders) : null,
  }))
  return command.idempotencyKey === undefined
    ? storeRows(parts, command, rows)
    : postOnce(parts, { ...command, idempotencyKey: command.idempotencyKey }, rows)
}

/** Into the queue that `find` says, which is asked again when that one is gone. */
export async function storeRows(
  parts: Parts,
  { project, queue }: { project: string; queue: string },
  rows: NewRow[],
  find: (project: string, queue: string) => Promise<number | undefined> = parts.directory.findOrCreate,
): Promise<Result<number[]>> {
  parts.checkPostsOpen()
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const queueId = await find(project, queue)
    if (queueId === undefined) return refuse({ kind: 'project_not_found', project })
    const ids = await parts.line.post({ project, queueId }, rows)
    if (ids) {
      announce(parts, { project, queueId }, rows)
      return ok(ids)
    }
    parts.directory.forget(project, queue)
  }
  throw droppedAgain()
}

function checkPost({ queue, messages, idempotencyKey }: PostMessages): Refusal | undefined {
  const wrongName = checkQueueName(queue)
  if (wrongName) return wrongName
  if (messages.length < 1 || messages.length > limits.messagesPerPost) {
    return invalid('messages', `must hold 1 to ${limits.messagesPerPost} messages`)
  }
  if (idempotencyKey !== undefined) {
    const wrongKey = checkKey(idempotencyKey)
    if (wrongKey) return wrongKey
  }
  for (const [i, message] of messages.entries()) {
    const { delaySeconds, priority, timeoutSeconds, expirationSeconds, pushHeaders } = message
    const wrong =
      checkWhole(`messages[${i}].delay`, delaySeconds, limits.delaySeconds) ??
      checkWhole(`messages[${i}].priority`, priority, limits.priority) ??
      checkWhole(`messages[${i}].timeout`, timeoutSeconds, limits.messageTimeoutSeconds) ??
      (expirationSeconds === Infinity
        ? undefined
        : checkWhole(`messages[${i}].expires_in`, expirationSeconds, limits.messageExpirationSeconds)) ??
      (pushHeaders ? checkPushHeaders(`messages[${i}].push_headers`, pushHeaders) : undefined)
    if (wrong) return wrong
  }
  return undefined
}

const checkKey = (key: string) =>
  key.length >= 1 && key.length <= limits.idempotencyKeyBytes && /^[\x21-\x7e]+$/.test(key)
    ? undefined
    : invalid('Idempotency-Key', `must be 1 to ${limits.idempotencyKeyBytes} printable ASCII characters`)

const reservedHeaders = new Set([
  'content-type',
  'user-agent',
  'iron-message-id',
  'iron-reservation-id',
  'iron-subscriber-name',
  'iron-subscriber-message-url',
])

/** The limits of contract v3, section 4.1.1. */
function checkPushHeaders(field: string, headers: Record<string, string>): Refusal | undefined {
  const { count, nameBytes, valueBytes } = limits.pushHeaders
  const entries = Object.entries(headers)
  if (entries.filter(([name]) => !isHops(name)).length > count)
    return invalid(field, `must hold at most ${count} headers`)
  for (const [name, value] of entries) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || name.length > nameBytes) {
      return invalid(field, `must have HTTP header names of 1 to ${nameBytes} bytes`)
    }
    if (reservedHeaders.has(name.toLowerCase())) return invalid(field, `must not set ${name}`)
    const bytes = Buffer.byteLength(value)
    if (bytes < 1 || bytes > valueBytes) return invalid(field, `must have values of 1 to ${valueBytes} bytes`)
    if (/[\r\n\0]/.test(value) || !value.isWellFormed())
      return invalid(field, 'must have values without line breaks and NUL')
  }
  return undefined
}
