import { AggregatorRegistry } from 'prom-client'
import type { Counts } from './worker-messages.ts'

/** A process that does not answer by then is shown as it was last seen. */
const ANSWER_WITHIN_MILLISECONDS = 1000

export type SummedMetrics = {
  /** What a process answers when it is asked. */
  counted(id: number, counts: Counts): void
  /** Nothing more will come from this one. What it had counted stays in the sum, as far as it was ever shown. */
  ended(id: number): void
  /**
   * The sum over all processes in the Prometheus text format. No counter in it ever goes down: a scraper would take
   * that for a restart and count everything again.
   */
  page(): Promise<string>
}

/** Adds up what several processes count; `ask` has each of them answer through `counted`, and returns whom it asked. */
export function createSummedMetrics(ask: () => number[]): SummedMetrics {
  const latest = new Map<number, Counts>()
  let gone: Counts[] = []
  let past: Counts = []
  let awaited = new Set<number>()
  let nobodyAwaited = () => {}
  let adding: Promise<string> | undefined

  function settle(id: number) {
    if (awaited.delete(id) && awaited.size === 0) nobodyAwaited()
  }

  async function answers() {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      nobodyAwaited = resolve
      timer = setTimeout(resolve, ANSWER_WITHIN_MILLISECONDS)
      awaited = new Set(ask())
      if (awaited.size === 0) resolve()
    })
    clearTimeout(timer)
  }

  async function add(): Promise<string> {
    await answers()
    const ended = gone
    gone = []
    past = await AggregatorRegistry.aggregate([past, ...ended]).getMetricsAsJSON()
    return AggregatorRegistry.aggregate([...latest.values(), past]).metrics()
  }

  return {
    counted(id, counts) {
      latest.set(id, counts)
      settle(id)
    },
    ended(id) {
      const counts = latest.get(id)
      latest.delete(id)
      if (counts) gone.push(counts.filter(addsUpOverTime))
      settle(id)
    },
    page: () => (adding ??= add().finally(() => (adding = undefined))),
  }
}

/** A gauge, say of memory, goes with its process. In JSON the types are words, other than prom-client's own say. */
const addsUpOverTime = ({ type }: Counts[number]) => ['counter', 'histogram'].includes(String(type))
