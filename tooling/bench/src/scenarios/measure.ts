import type { Caller, Load } from '../load/caller.ts'
import { createLatencies } from '../load/latencies.ts'

export type Measured = {
  operation: string
  /** Messages for which the operation was done; of a cycle, messages that went through all of it. */
  messages: number
  seconds: number
  perSecond: number
  /** Of one step of one caller: a request, a cycle, a batch. */
  p50Milliseconds: number
  p99Milliseconds: number
  /** Processor time of the measured process per message; says more than the clock where others use the machine too. */
  cpuMicroseconds: number | undefined
}

/**
 * Lets every caller repeat the step, all side by side, until it answers 0; the step answers how many messages it has
 * dealt with.
 */
export async function measure(
  operation: string,
  { callers, cpuSeconds }: Load,
  step: (caller: Caller) => Promise<number>,
): Promise<Measured> {
  const latencies = createLatencies()
  let messages = 0
  const cpuBefore = cpuSeconds()
  const began = performance.now()
  await Promise.all(
    callers.map(async (caller) => {
      for (;;) {
        const start = performance.now()
        const dealtWith = await step(caller)
        if (dealtWith === 0) return
        latencies.add(performance.now() - start)
        messages += dealtWith
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  const cpuAfter = cpuSeconds()
  const [p50Milliseconds = 0, p99Milliseconds = 0] = latencies.percentiles(0.5, 0.99)
  return {
    operation,
    messages,
    seconds,
    perSecond: messages / seconds,
    p50Milliseconds,
    p99Milliseconds,
    cpuMicroseconds:
      cpuBefore === undefined || cpuAfter === undefined ? undefined : ((cpuAfter - cpuBefore) * 1_000_000) / messages,
  }
}

/** Says false once so many seconds have passed from now on. */
export function forSeconds(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000
  return () => performance.now() < end
}
