import type { Connection } from './connection.ts'

/** Beats for every connection once in its heartbeat, spread over it: one timer for all. */
export type Heartbeats = {
  add(connection: Connection): void
  delete(connection: Connection): void
  stop(): void
}

const TICK_MILLISECONDS = 1000

export function startHeartbeats(heartbeatSeconds: number): Heartbeats {
  const slots = Array.from({ length: Math.max(1, Math.round(heartbeatSeconds)) }, () => new Set<Connection>())
  let at = 0
  const timer = setInterval(
    () => {
      at = (at + 1) % slots.length
      const now = performance.now()
      for (const connection of slots[at]!) connection.beat(now)
    },
    Math.min(TICK_MILLISECONDS, heartbeatSeconds * 1000),
  )
  timer.unref()

  return {
    /** Its turn is a whole heartbeat from now. */
    add: (connection) => void slots[at]!.add(connection),
    delete(connection) {
      for (const slot of slots) if (slot.delete(connection)) return
    },
    stop: () => clearInterval(timer),
  }
}
