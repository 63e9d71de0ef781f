import type { HeldMessage } from '@weldmq/queue-core'
import { type Client, markWorker } from '../client.ts'
import { readId, within } from '../numbers.ts'
import type { Reply } from '../reply.ts'
import { command, nothing, sayOf } from './command.ts'

const reserved = ({ id, body }: HeldMessage): Reply => ({ head: `RESERVED ${id}`, body })

/** `reserve`: waits without limit. */
export const reserve = command({
  word: 'reserve',
  counts: 'reserve',
  scope: 'consume',
  read: nothing,
  run: (client) => reserveNext(client, Infinity),
})

/** `reserve-with-timeout SECONDS`: what stands behind the digits is ignored, as in the reference (contract A6). */
export const reserveWithTimeout = command({
  word: 'reserve-with-timeout ',
  counts: 'reserve-with-timeout',
  scope: 'consume',
  read(rest) {
    const digits = /^ *(\d+)/.exec(rest)?.[1]
    return digits === undefined ? undefined : within(digits, 2_147_483_647)
  },
  run: reserveNext,
})

/** `reserve-job ID`: that very job, unless it is reserved. Only who gets one is counted as a worker. */
export const reserveJob = command({
  word: 'reserve-job ',
  scope: 'consume',
  read: readId,
  run: (client, given) =>
    sayOf(
      given,
      (id) => client.session.reserveMessage(id),
      (message) => {
        markWorker(client)
        return reserved(message)
      },
    ),
})

/** A reserve that waits stays blocked while the database is away: the core sees to that (contract section 6). */
async function reserveNext(client: Client, seconds: number): Promise<Reply> {
  markWorker(client)
  const waitSeconds = client.inputEnded ? 0 : seconds
  if (waitSeconds === 0) return attempt(client, { waitSeconds })

  client.wait = new AbortController()
  client.counts.waiting++
  try {
    return await attempt(client, { waitSeconds, signal: client.wait.signal })
  } finally {
    client.counts.waiting--
    client.wait = undefined
  }
}

async function attempt(client: Client, want: { waitSeconds: number; signal?: AbortSignal }): Promise<Reply> {
  const outcome = await client.session.reserve(want)
  switch (outcome.kind) {
    case 'reserved':
      return reserved(outcome.message)
    case 'deadline_soon':
      return 'DEADLINE_SOON'
    case 'timed_out':
      return 'TIMED_OUT'
  }
}
