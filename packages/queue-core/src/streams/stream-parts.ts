import type { Parts } from '../messages/on-queue.ts'
import type { Returns } from '../sessions/returns.ts'

/** What streams work with, beside what every operation on messages does. */
export type StreamParts = Parts & {
  returns: Returns
  /** Those that could not look, because the database was away; they are asked again. */
  stalled: Set<{ resume(): void }>
  /** Those that are open; they are asked to look in turns. */
  tails: Set<{ look(now: number): Promise<void>; resume(): void }>
  onFault(fault: unknown, where: string): void
}
