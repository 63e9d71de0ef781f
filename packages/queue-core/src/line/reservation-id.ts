import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafe(16 * 256)
let used = pool.length

/** 128 random bits as 32 hex characters: one system call serves 256 reservations. */
export function newReservationId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += 16
  return pool.toString('hex', used - 16, used)
}

/** What clients send as a reservation id and Postgres would not refuse; anything else was never one of ours. */
export const isReservationId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)
