import type { Parts } from '../messages/on-queue.ts'
import type { Returns } from '../sessions/returns.ts'
import type { Looking } from './look-together.ts'

/** What streams work with, beside what every operation on messages does. */
export type StreamParts = Parts & {
  returns: Returns
  /** Those that could not look, because the database was away; they are asked again. */
  stalled: Set<{ resume(): void }>
  /** Those that are open; they look together. */
  tails: Set<Looking>
  onFault(fault: unknown, where: string): void
}
