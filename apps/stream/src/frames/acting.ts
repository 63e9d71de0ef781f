import { type Failed, type OnMessages, type Result, limits } from '@weldmq/queue-core'
import { fromWireId, integer, toWireId } from '@weldmq/v3-wire'
import { z } from 'zod'
import type { Connection } from '../connection.ts'
import type { Frame } from '../read-frame.ts'
import { problemOfRefusal } from '../refusals.ts'
import { type Re, frame, momentIn } from '../write-frame.ts'
import { type Handler, may, read } from './handler.ts'

const { min, max } = limits.count

/** Deletes messages by their reservations. */
export const remove: Handler = async (connection, sent, re) => {
  const on = onMessages(connection, sent, re)
  if (on) answer(connection, re, on, await connection.stream.delete(on))
}

const ReleaseFrame = z.object({ delay: integer(limits.delaySeconds).default(0) })

/** Gives messages back, at once or after a delay. */
export const release: Handler = async (connection, sent, re) => {
  const on = onMessages(connection, sent, re)
  const asked = on && read(connection, sent, re, ReleaseFrame)
  if (asked) answer(connection, re, on, await connection.stream.release({ ...on, delaySeconds: asked.delay }))
}

/** Sets messages aside until they are kicked. */
export const bury: Handler = async (connection, sent, re) => {
  const on = onMessages(connection, sent, re)
  if (on) answer(connection, re, on, await connection.stream.bury(on))
}

const TouchFrame = z.object({ timeout: integer(limits.messageTimeoutSeconds).optional() })

/** Trades reservations for fresh ones, which the reply lists in the order asked. */
export const touch: Handler = async (connection, sent, re) => {
  const on = onMessages(connection, sent, re)
  const asked = on && read(connection, sent, re, TouchFrame)
  if (!asked) return
  const { timeout } = asked
  const result = await connection.stream.touch({ ...on, ...(timeout === undefined ? {} : { timeoutSeconds: timeout }) })
  if (!result.ok) return answer(connection, re, on, result)
  const { touched, failed } = result.value
  const ids = touched.map(({ messageId, reservationId, seconds }) => ({
    id: toWireId(messageId),
    reservation_id: reservationId,
    reserved_until: momentIn(seconds),
  }))
  // Fresh ids are told even where others failed: without them nobody could finish these messages.
  answer(connection, re, on, { ok: true, value: failed }, failed.length > 0 ? { touched: ids } : { ids })
}

type On = OnMessages & { wireIds: string[] }

/** The queue and the ids, an id that nobody can have as 0; undefined once the client was told what is wrong. */
function onMessages(connection: Connection, { queue, ids }: Frame, re: Re): On | undefined {
  const refuse = (msg: string): undefined => {
    connection.fail(re, { code: 'invalid', msg, temporary: false })
  }
  if (typeof queue !== 'string') return refuse('queue must be a string')
  if (!Array.isArray(ids) || ids.length < min || ids.length > max)
    return refuse(`ids must hold ${min} to ${max} messages`)
  if (!may(connection, re, 'consume', queue)) return undefined
  const messages: On['messages'] = []
  const wireIds: string[] = []
  for (const one of ids as unknown[]) {
    const { id, reservation_id: reservationId } = (typeof one === 'object' && one !== null ? one : {}) as Record<
      string,
      unknown
    >
    const wireId = typeof id === 'string' ? id : ''
    wireIds.push(wireId)
    messages.push({
      messageId: fromWireId(wireId) ?? 0,
      reservationId: typeof reservationId === 'string' && reservationId !== '' ? reservationId : undefined,
    })
  }
  return { queue, messages, wireIds }
}

function answer(
  connection: Connection,
  re: Re,
  { wireIds }: On,
  result: Result<Failed[]> | { ok: false; refusal: Parameters<typeof problemOfRefusal>[0] },
  more: Record<string, unknown> = {},
): void {
  if (!result.ok) {
    connection.fail(re, problemOfRefusal(result.refusal))
    return
  }
  const [first] = result.value
  if (!first) {
    if (re !== undefined) connection.send(frame('ok', re, more))
    return
  }
  const ids = result.value.map(({ at, refusal }) => ({ id: wireIds[at], code: refusal.kind }))
  connection.fail(re, problemOfRefusal(first.refusal), { ids, ...more })
}
