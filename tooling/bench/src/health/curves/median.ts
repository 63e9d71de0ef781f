import type { Bucket } from '../load/load-spec.ts'

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Each figure's median over some buckets: one slow moment of the machine does not make the point. */
export function medianBucket(buckets: Bucket[]): Bucket {
  const of = (key: keyof Bucket) => median(buckets.map((bucket) => bucket[key]))
  return {
    at: buckets.at(-1)?.at ?? 0,
    perSecond: of('perSecond'),
    p50: of('p50'),
    p99: of('p99'),
    reserveP50: of('reserveP50'),
    reserveP99: of('reserveP99'),
    backlog: of('backlog'),
    databaseCpuMicroseconds: of('databaseCpuMicroseconds'),
    residentBytes: of('residentBytes'),
  }
}
