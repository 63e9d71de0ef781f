import { type Bar, judge, ratio } from '../report/bars.ts'
import { whole } from '../report/units.ts'

/** What one run found out; undefined where it did not measure it. */
export type StreamFigures = {
  /** Messages per second, one of each round. */
  streamPerSecond: number[]
  corePerSecond: number[]
  /** Milliseconds: p50 and p99. */
  wakeFromSending?: [number, number]
  wakeFromAnswer?: [number, number]
  idle?: { sockets: number; kilobytesEach: number }
  stopped?: { waiting: number; credit: number; reserved: number; beforeBytes: number; afterBytes: number }
}

/** What a reader that stops may cost: the buffers of one socket, and what a process gains and loses by itself. */
const STOPPED_BYTES = 30_000_000

export function streamBars(figures: StreamFigures): Bar[] {
  const stream = median(figures.streamPerSecond)
  const { wakeFromSending, idle, stopped } = figures
  return [
    judge('consume with delete, one socket, credit 200: at least 0.6 of the core in process', {
      figure: ratio(stream, median(figures.corePerSecond)),
      show: (value) => value.toFixed(2),
      meets: (value) => value >= 0.6,
    }),
    judge('consume with delete, one socket, credit 200: at least 12,000 messages/s', {
      figure: stream,
      show: whole,
      meets: (value) => value >= 12_000,
    }),
    judge('from sending a post to its message on a socket of another gateway: p50 at most 5 ms', {
      figure: wakeFromSending?.[0],
      show: (value) => `${value.toFixed(2)} ms`,
      meets: (value) => value <= 5,
    }),
    judge('from sending a post to its message on a socket of another gateway: p99 at most 25 ms', {
      figure: wakeFromSending?.[1],
      show: (value) => `${value.toFixed(2)} ms`,
      meets: (value) => value <= 25,
    }),
    judge('idle subscribed sockets: at most 30 KB each', {
      figure: idle?.kilobytesEach,
      show: (value) => `${value.toFixed(1)} KB`,
      meets: (value) => value <= 30,
    }),
    judge('a reader that stops: at most its credit reserved', {
      figure: stopped?.reserved,
      show: (value) => `${value} of ${stopped?.credit}`,
      meets: (value) => value <= stopped!.credit,
    }),
    judge('a reader that stops: at most 30 MB more resident', {
      figure: stopped && stopped.afterBytes - stopped.beforeBytes,
      show: (value) => `${(value / 1_000_000).toFixed(1)} MB`,
      meets: (value) => value <= STOPPED_BYTES,
    }),
  ]
}

export function median(values: number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 || sorted.length === 0 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2
}
