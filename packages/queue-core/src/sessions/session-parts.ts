import type { Parts } from '../messages/on-queue.ts'
import type { Holds } from './holds.ts'
import type { Lease } from './lease.ts'
import type { Presence } from './presence.ts'
import type { Returns } from './returns.ts'
import type { Tallies } from './tallies.ts'

/** What sessions work with, beside what every operation on messages does. */
export type SessionParts = Parts & { lease: Lease; presence: Presence; returns: Returns; tallies: Tallies }

/** Where one session stands. */
export type SessionState = {
  readonly project: string
  used: string
  watched: string[]
  readonly holds: Holds
  /** What still comes goes back. */
  closed: boolean
  /** Ends the wait under way. */
  waits: AbortController | undefined
}
