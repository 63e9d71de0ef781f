import type { Scope, Session } from '@weldmq/queue-core'
import type { Counted, Counts } from './counts.ts'
import type { Facts } from './facts.ts'

/** What a command sees of the connection that it came by: one client in one project. */
export type Client = {
  readonly session: Session
  readonly project: string
  readonly counts: Counts
  readonly facts: Facts
  /** What its token allows; everything where the listener asked for none. */
  readonly scopes: ReadonlySet<Scope>
  /** Whether it has sent a put, or a reserve, so far. */
  producer: boolean
  worker: boolean
  /** Nothing more will come from it: what would wait is to end at once (contract 9.3). */
  inputEnded: boolean
  /** Set while a command waits; ends the wait. */
  wait: AbortController | undefined
  /** For faults that the client is told of in one word only. */
  onFault(fault: unknown, command: string): void
}

/** A new client that has counted nothing yet but itself. */
export function newClient(
  given: Pick<Client, 'session' | 'project' | 'counts' | 'facts' | 'scopes' | 'inputEnded' | 'onFault'>,
): Client {
  given.counts.connections++
  given.counts.totalConnections++
  return { ...given, producer: false, worker: false, wait: undefined }
}

/** Takes a client that is gone out of the counts, gives back what it holds, and leaves its queues. */
export async function closeClient({ session, counts, producer, worker }: Client): Promise<void> {
  counts.connections--
  if (producer) counts.producers--
  if (worker) counts.workers--
  await session.close()
}

export const countCommand = ({ counts }: Client, command: Counted): void => void counts.commands[command]++

export function markProducer(client: Client): void {
  if (!client.producer) client.counts.producers++
  client.producer = true
}

export function markWorker(client: Client): void {
  if (!client.worker) client.counts.workers++
  client.worker = true
}
