/** What happens to the server, for the log of whoever started it. */
export type EmbeddedPostgresEvent =
  | { kind: 'initialising'; folder: string }
  /** What is left of an earlier server, or a server that may be about to end, holds the folder. */
  | { kind: 'waiting'; folder: string }
  | { kind: 'started'; pid: number }
  /** It ended without being asked to; it is being started again. */
  | { kind: 'died'; pid: number; code: number | null; signal: string | null }
  /** Starting it again failed for now; tried again until `stop`. */
  | { kind: 'restart_failed'; reason: string }
  | { kind: 'stopped' }
