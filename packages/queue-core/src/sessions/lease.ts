import type { Sql } from '../db/connect.ts'
import type { Signals } from '../signals/signals.ts'
import { endLease, forgetGateways, giveUpLeases, openLease, reclaimHeld, renewLease } from './lease.sql.ts'

const BATCH = 500

/**
 * This process's word that it lives, on which its sessions' reservations rest. A process that cannot say it for 10 s is
 * given up for good: its reservations return, and if it comes back it is another gateway that holds nothing.
 */
export type Lease = {
  /** The gateway under which sessions hold messages and use queues; the first call opens the lease. */
  gateway(): Promise<number>
  /** The number it has now, if any: what is held under another one is lost. */
  current(): number | undefined
  /** Renews the lease, and gives back what dead gateways hold; called every 2 s. */
  renew(): Promise<void>
  forgetDead(): Promise<void>
  /** Called when a lease was lost: nothing that was stored under it is there any more. */
  onLost(listener: () => void): void
  end(): Promise<void>
}

export function createLease(sql: Sql, signals: Signals): Lease {
  let opening: Promise<number> | undefined
  let current: number | undefined
  const listeners: (() => void)[] = []

  return {
    gateway() {
      opening ??= openLease(sql).then(
        ([row]) => (current = row!.id),
        (fault: unknown) => {
          opening = undefined
          throw fault
        },
      )
      return opening
    },
    current: () => current,
    async renew() {
      if (current !== undefined && (await renewLease(sql, current)).length === 0) {
        current = opening = undefined
        for (const lost of listeners) lost()
      }
      await giveUpLeases(sql)
      for (;;) {
        const rows = await reclaimHeld(sql, BATCH)
        for (const row of rows) signals.ready(row.queue_id, row.reclaimed)
        if (rows.reduce((sum, row) => sum + row.reclaimed, 0) < BATCH) return
      }
    },
    async forgetDead() {
      await forgetGateways(sql)
    },
    onLost: (listener) => listeners.push(listener),
    async end() {
      if (current !== undefined) await endLease(sql, current)
    },
  }
}
