import type { AlertRow } from './alert.sql.ts'

export type NewAlert = {
  /** `fixed` looks at the trigger itself, `progressive` at every multiple of it. */
  type: 'fixed' | 'progressive'
  /** `asc` fires when the size rises to the line, `desc` when it falls to it; left out it is `asc`. */
  direction?: 'asc' | 'desc'
  /** The size, in messages, that draws the line. */
  trigger: number
  /** The queue of the same project that gets the alert messages; made at the first one when it does not exist. */
  queue: string
  /** How long the alert stays silent after it fired; crossings in that time are lost. 0 when left out. */
  snoozeSeconds?: number
}

/** `id` is 24 hex characters and never given twice. */
export type Alert = Required<NewAlert> & { id: string }

export const toAlert = ({ id, type, direction, trigger, target, snooze }: AlertRow): Alert => ({
  id,
  type,
  direction,
  trigger,
  queue: target,
  snoozeSeconds: snooze,
})
