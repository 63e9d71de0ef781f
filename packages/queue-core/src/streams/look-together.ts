import type { Sql } from '../db/connect.ts'
import { type Wanted, messagesAfter } from './tail.sql.ts'

/** What a tail sees of its queue. */
export type Sight = {
  /** The newest id given out; null when the queue is gone. */
  newest: number | null
  /** Messages ever posted to the queue. */
  total: number
  found: Found[]
  /** There would have been more, but for the bytes: those are to be looked for again. */
  isCut: boolean
}

export type Found = { id: number; reservedCount: number; body: Buffer }

/** Somebody who looks on. */
export type Looking = {
  /** What there is to look for now, if there is reason to. */
  wants(now: number): Wanted | undefined
  /** What it wanted, as it was found. */
  see(wanted: Wanted, sight: Sight, now: number): void
  /** It could not be looked for. */
  resume(): void
}

/** What one statement may bring, in ids and in bodies. */
const MOST = { ids: 10_000, bytes: 16_777_216 }

/**
 * One look for all of these who want one, as many in a statement as it takes. Where that fails they will want it again,
 * and the fault is thrown once the others have seen what they wanted.
 */
export async function lookTogether(sql: Sql, all: Iterable<Looking>, most = MOST): Promise<void> {
  const now = performance.now()
  const faults: unknown[] = []
  let group: { one: Looking; wanted: Wanted }[] = []
  let ids = 0
  for (const one of all) {
    const wanted = one.wants(now)
    if (!wanted) continue
    group.push({ one, wanted })
    ids += wanted.limit
    if (ids < most.ids) continue
    await look(group)
    group = []
    ids = 0
  }
  if (group.length > 0) await look(group)
  if (faults.length > 0) throw faults[0]

  async function look(these: typeof group) {
    try {
      const sights = await sightsOf(
        sql,
        these.map(({ wanted }) => wanted),
        most.bytes,
      )
      for (const [i, { one, wanted }] of these.entries()) one.see(wanted, sights[i]!, now)
    } catch (fault) {
      for (const { one } of these) one.resume()
      faults.push(fault)
    }
  }
}

async function sightsOf(sql: Sql, wanted: Wanted[], bytes: number): Promise<Sight[]> {
  const among = [...new Set(wanted.map(({ queueId }) => queueId))]
  const queues = new Map<number, { newest: number | null; total: number; bodies: Map<number, Buffer> }>()
  const found = wanted.map((): { id: number; reserved_count: number }[] => [])
  for (const row of await messagesAfter(sql, { among, wanted, bytes })) {
    if (row.kind === 'queue') queues.set(among[row.at - 1]!, { ...row, bodies: new Map() })
    else if (row.kind === 'found') found[row.at - 1]!.push(row)
    else queues.get(among[row.at - 1]!)!.bodies.set(row.id, row.body)
  }
  return wanted.map(({ queueId }, i) => {
    const { newest, total, bodies } = queues.get(queueId)!
    const ids = found[i]!.toSorted((a, b) => a.id - b.id)
    const firstLeftOut = ids.findIndex(({ id }) => !bodies.has(id))
    return {
      newest,
      total,
      isCut: firstLeftOut !== -1,
      found: ids
        .slice(0, firstLeftOut === -1 ? ids.length : firstLeftOut)
        .map(({ id, reserved_count: reservedCount }) => ({ id, reservedCount, body: bodies.get(id)! })),
    }
  })
}
