import type { Scenario } from '../scenarios/scenario.ts'
import type { Row } from './row.ts'

/** One operation of one scenario over all rounds. */
export type Summary = {
  scenario: Scenario
  operation: string
  perSecond: { median: number; least: number; most: number }
  /** Medians of the rounds. */
  p50Milliseconds: number
  p99Milliseconds: number
  /** Of the measured process, per message. */
  cpuMicroseconds: number | undefined
  /** After the last round, and the most of all rounds. */
  resident: { endBytes: number; maxBytes: number }
}

export function summarise(rows: Row[]): Summary[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const name = `${row.scenario.name} ${row.operation}`
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  return [...groups.values()].map((group) => {
    const { scenario, operation } = group[0]!
    const rates = group.map((row) => row.perSecond)
    return {
      scenario,
      operation,
      perSecond: { median: median(rates), least: Math.min(...rates), most: Math.max(...rates) },
      p50Milliseconds: median(group.map((row) => row.p50Milliseconds)),
      p99Milliseconds: median(group.map((row) => row.p99Milliseconds)),
      cpuMicroseconds: median(group.map((row) => row.cpuMicroseconds ?? NaN)) || undefined,
      resident: {
        endBytes: group.at(-1)!.resident.endBytes,
        maxBytes: Math.max(...group.map((row) => row.resident.maxBytes)),
      },
    }
  })
}

/** The middle one, or halfway between the two in the middle. */
function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
}
