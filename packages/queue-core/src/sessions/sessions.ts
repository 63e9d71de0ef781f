import type { Sql } from '../db/connect.ts'
import type { Parts } from '../messages/on-queue.ts'
import { type Task, every } from '../upkeep/every.ts'
import { createLease } from './lease.ts'
import { LiveSession } from './live-session.ts'
import { createPresence } from './presence.ts'
import { createReturns } from './returns.ts'
import type { SessionParts } from './session-parts.ts'
import type { Session } from './session.ts'

export type Sessions = {
  open(command: { project: string }): Session
  start(): void
  /** Closes every session, then tells the others that this gateway holds nothing any more. */
  stop(): Promise<void>
}

/** All sessions of this process, and the work that goes on for them. `background` is for that work. */
export function createSessions(
  parts: Parts,
  background: Sql,
  onFault: (fault: unknown, where: string) => void,
): Sessions {
  const lease = createLease(background, parts.signals)
  const presence = createPresence(parts.sql, parts.directory, lease)
  const returns = createReturns(parts.line, parts.signals)
  const all: SessionParts = { ...parts, lease, presence, returns }
  const open = new Set<Session>()
  let tasks: Task[] = []

  return {
    open(command) {
      const session = new LiveSession(all, command, (closed) => open.delete(closed))
      open.add(session)
      return session
    },
    start() {
      tasks = [
        every(1000, 'use of queues', presence.store, onFault),
        every(2000, 'lease', lease.renew, onFault),
        every(2000, 'returns', returns.retry, onFault),
        every(5000, 'unused queues', () => presence.sweep(), onFault),
        every(60_000, 'dead gateways', lease.forgetDead, onFault),
      ]
    },
    async stop() {
      await Promise.all([...open].map((session) => session.close()))
      await Promise.all(tasks.map((task) => task.stop()))
      await lease.end().catch((fault: unknown) => onFault(fault, 'lease'))
    },
  }
}
