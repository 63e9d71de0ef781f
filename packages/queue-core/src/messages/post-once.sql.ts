import type { Transaction } from '../db/connect.ts'

/** False when another transaction holds the same key right now. */
export const tryHoldKey = (tx: Transaction, project: string, key: string) => tx<{ held: boolean }[]>`
  select pg_try_advisory_xact_lock(hashtextextended(${`${project}/${key}`}, 7305510)) as held`

/** What was stored under the key. It writes, so that a repeated answer too waits for the standby (promise I6). */
export const recallKey = (tx: Transaction, project: string, key: string) => tx<
  { fingerprint: Buffer; ids: number[] }[]
>`
  update weldmq.idempotency_keys set seen_at = now()
   where project_id = ${project} and key = ${key} returning fingerprint, ids`

export const storeKey = (
  tx: Transaction,
  k: { project: string; key: string; fingerprint: Buffer; ids: number[] },
) => tx`
  insert into weldmq.idempotency_keys (project_id, key, fingerprint, ids)
  values (${k.project}, ${k.key}, ${k.fingerprint}, ${k.ids})`
