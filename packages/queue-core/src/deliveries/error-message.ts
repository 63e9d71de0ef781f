import type { StoredTried } from './tried.ts'

/** A delivery that was given up, with all that its report says. */
export type GivenUp = {
  messageId: number
  body: Buffer
  /** What was sent beside our own headers. */
  headers: Record<string, string>
  /** All that were tried, with what each said last. */
  failed: { name: string; url: string; code: number; failure: string | null }[]
}

/**
 * The body of an error message: a JSON text that holds the records of both IronMQ versions (push.md section 6). The id
 * is the one that HTTP clients know: 10^18 and ours.
 */
export function errorMessage({ messageId, body, headers, failed }: GivenUp): string {
  const last = failed.at(-1)
  return JSON.stringify({
    source_msg_id: '1' + String(messageId).padStart(18, '0'),
    body: body.toString(),
    headers,
    subscribers: failed.map(({ name, url, code, failure }) => ({ name, url, code, msg: failure ?? '' })),
    code: last?.code ?? 0,
    msg: last?.failure ?? '',
  })
}

/** Of a unicast queue: who was tried, in that order. */
export const triedBy = (
  tried: StoredTried[],
  known: readonly { id: number; name: string; url: string }[],
): GivenUp['failed'] =>
  tried.map(({ id, code, failure }) => {
    const one = known.find((subscriber) => subscriber.id === id)
    return { name: one?.name ?? '', url: one?.url ?? '', code, failure: failure ?? null }
  })
