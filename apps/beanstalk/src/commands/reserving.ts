import { setTimeout as pause } from 'node:timers/promises'
import type { HeldMessage } from '@weldmq/queue-core'
import { type Client, markWorker } from '../client.ts'
import { readId, within } from '../numbers.ts'
import type { Reply } from '../reply.ts'
import { command, nothing, sayOf } from './command.ts'

/** How long a reserve that has to wait anyway leaves the database alone after a fault. */
const AFTER_FAULT_MILLISECONDS = 500

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

/** `reserve-job ID`: that very job, unless it is reserved. */
export const reserveJob = command({
  word: 'reserve-job ',
  scope: 'consume',
  read: readId,
  run(client, given) {
    markWorker(client)
    return sayOf(given, (id) => client.session.reserveMessage(id), reserved)
  },
})

async function reserveNext(client: Client, seconds: number): Promise<Reply> {
  markWorker(client)
  const waitSeconds = client.inputEnded ? 0 : seconds
  if (waitSeconds === 0) return attempt(client, { waitSeconds })

  client.wait = new AbortController()
  client.counts.waiting++
  try {
    return await attemptUntil(client, performance.now() + waitSeconds * 1000, client.wait.signal)
  } finally {
    client.counts.waiting--
    client.wait = undefined
  }
}

/** A reserve that is blocked stays so while the database is away, up to its timeout (contract section 6). */
async function attemptUntil(client: Client, deadline: number, signal: AbortSignal): Promise<Reply> {
  for (;;) {
    const left = Math.max(0, deadline - performance.now())
    try {
      return await attempt(client, { waitSeconds: Math.ceil(left / 1000), signal })
    } catch (fault) {
      client.onFault(fault, 'reserve')
      await pause(Math.min(AFTER_FAULT_MILLISECONDS, left), undefined, { signal }).catch(() => {})
      if (signal.aborted || performance.now() >= deadline) return 'TIMED_OUT'
    }
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
