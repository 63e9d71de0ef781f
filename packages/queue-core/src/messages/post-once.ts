import { createHash } from 'node:crypto'
import type { Alerted } from '../alerts/firing.ts'
import { insertMessages } from '../line/post.sql.ts'
import { type NewRow, toColumns } from '../line/rows.ts'
import { MOST_ATTEMPTS, droppedAgain } from '../queues/directory.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import type { PostMessages } from './message.ts'
import type { Parts } from './on-queue.ts'
import { announce } from './announce.ts'
import { recallKey, storeKey, tryHoldKey } from './post-once.sql.ts'

/** No result: the queue is gone. */
type Answer = { result: Result<number[]> | undefined; stored: Alerted[] }

/**
 * A post that may be repeated: messages and key are stored in one transaction, and whoever comes with the same key
 * later gets the same ids (promise I6). Not coalesced: the transaction is the caller's own.
 */
export async function postOnce(
  parts: Parts,
  { project, queue, idempotencyKey: key }: PostMessages & { idempotencyKey: string },
  rows: NewRow[],
): Promise<Result<number[]>> {
  parts.checkPostsOpen()
  const fingerprint = fingerprintOf(queue, rows)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const queueId = await parts.directory.findOrCreate(project, queue)
    if (queueId === undefined) return refuse({ kind: 'project_not_found', project })
    const answer = await parts.counters.count(queueId, (slot, seq) =>
      parts.sql.begin(async (tx): Promise<Answer> => {
        const [lock] = await tryHoldKey(tx, project, key)
        if (!lock!.held) return { result: refuse({ kind: 'idempotency_key_in_use' }), stored: [] }
        const [before] = await recallKey(tx, project, key)
        if (before) {
          const same = before.fingerprint.equals(fingerprint)
          return { result: same ? ok(before.ids) : refuse({ kind: 'idempotency_key_reused' }), stored: [] }
        }
        const stored = await insertMessages(tx, { queueId, slot, seq, ...toColumns(rows) })
        if (stored.length === 0) return { result: undefined, stored }
        const ids = stored.map((row) => row.id).sort((a, b) => a - b)
        await storeKey(tx, { project, key, fingerprint, ids })
        return { result: ok(ids), stored }
      }),
    )
    if (answer.stored.length > 0) announce(parts, { project, queueId }, rows)
    parts.firing.changed(queueId, answer.stored)
    await parts.firing.settled(queueId)
    if (answer.result) return answer.result
    parts.directory.forget(project, queue)
  }
  throw droppedAgain()
}

function fingerprintOf(queue: string, rows: NewRow[]): Buffer {
  const hash = createHash('sha256').update(JSON.stringify([queue, rows.length]))
  for (const { body, ...settings } of rows) {
    hash.update(JSON.stringify([body.length, settings])).update(body)
  }
  return hash.digest()
}
