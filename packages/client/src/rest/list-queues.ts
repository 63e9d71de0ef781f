import type { QueuesAnswer } from '@weldmq/v3-wire'
import type { z } from 'zod'
import type { CallOptions, Caller } from '../http/caller.ts'

export type ListQueuesOptions = CallOptions & {
  /** Only names that start like this. */
  prefix?: string
  /** Only names after this one; it need not be there. */
  after?: string
  /** At most so many, 1 to 100; 30 by default. */
  count?: number
}

/** One page of the project's queue names, by the order of their bytes. */
export async function listQueues(call: Caller, options: ListQueuesOptions): Promise<string[]> {
  const { prefix, after, count, signal } = options
  const query = new URLSearchParams({
    ...(prefix !== undefined && { prefix }),
    ...(after !== undefined && { previous: after }),
    ...(count !== undefined && { per_page: String(count) }),
  })
  const answer = await call({ method: 'GET', path: `/queues?${query.toString()}`, repeatable: true, signal })
  return (answer as z.infer<typeof QueuesAnswer>).queues.map(({ name }) => name)
}
