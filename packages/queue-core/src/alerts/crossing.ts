import type { Alert } from './alert.ts'

/**
 * The stretch of sizes between two lines of an alert, counted upwards. An `asc` alert's lines belong to the stretch above
 * them, a `desc` one's to the stretch below, and no line of a `desc` alert lies at 0 (contract v2 F1 to F4).
 */
function stretchOf({ type, direction, trigger }: Line, size: number): number {
  if (type === 'fixed') return Number(direction === 'asc' ? size >= trigger : size > trigger)
  return direction === 'asc' ? Math.floor(size / trigger) : Math.max(1, Math.ceil(size / trigger))
}

type Line = Pick<Alert, 'type' | 'direction' | 'trigger'>

/** What one change of size is to an alert: nothing, a crossing that makes it fire, or the way back that makes none. */
export function crossing(alert: Line, from: number, to: number): 'none' | 'fires' | 'returns' {
  const rise = stretchOf(alert, to) - stretchOf(alert, from)
  if (rise === 0) return 'none'
  return rise > 0 === (alert.direction === 'asc') ? 'fires' : 'returns'
}
