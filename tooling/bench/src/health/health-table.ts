import { markdownTable } from '../report/markdown-table.ts'
import { megabytes, milliseconds, whole } from '../report/units.ts'
import type { Curve } from './curves/curve.ts'

/** As many points as a person reads; the JSON file has all of them. */
const MOST_LINES = 12

export function healthTable(curve: Curve): string {
  const rows = curve.lines.flatMap(({ label, points }) =>
    thinned(points).map(({ x, bucket }) => [
      label,
      whole(x),
      whole(bucket.perSecond),
      milliseconds(bucket.p50),
      milliseconds(bucket.p99),
      milliseconds(bucket.reserveP99),
      whole(bucket.databaseCpuMicroseconds),
      whole(bucket.backlog),
      megabytes(bucket.residentBytes),
    ]),
  )
  const head = ['', curve.x, 'cycles/s', 'p50 ms', 'p99 ms', 'reserve p99 ms', 'database CPU µs', 'backlog', 'MB']
  return rows.length > 0 ? markdownTable(head, rows, { textColumns: [0] }) : ''
}

function thinned<T>(points: T[]): T[] {
  const every = Math.ceil(points.length / MOST_LINES)
  return points.filter((_, i) => (points.length - 1 - i) % every === 0)
}
