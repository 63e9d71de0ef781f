import type { CallOptions, Caller } from '../http/caller.ts'

/** For `ticket` of the stream: lets one connection in, once, within a minute, for one queue. */
export type Ticket = { ticket: string; expiresInSeconds: number }

export type TicketOptions = CallOptions & {
  /** What its bearer may do, out of what our own token may; consuming by default. */
  verbs?: ('consume' | 'produce')[]
}

/** Makes a ticket for a web page that is not to know our token. */
export async function createTicket(call: Caller, queue: string, { verbs, signal }: TicketOptions): Promise<Ticket> {
  // Another ticket does no harm: what nobody uses is soon worth nothing.
  const answer = await call({
    method: 'POST',
    path: '/stream/tickets',
    body: { queue, verbs },
    repeatable: true,
    signal,
  })
  const { ticket, expires_in: expiresInSeconds } = answer as { ticket: string; expires_in: number }
  return { ticket, expiresInSeconds }
}
