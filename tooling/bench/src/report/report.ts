import { type Machine, machineLine } from '../machine/describe.ts'
import type { Plan, Ran } from '../run-bench.ts'
import type { Bar } from './bars.ts'
import { barsTable } from './bars-table.ts'
import { figuresTable } from './figures-table.ts'
import type { Row } from './row.ts'
import { type Summary, summarise } from './summarise.ts'

/** All that one run found out; the JSON file is this, as it is. */
export type Report = {
  at: string
  machine: Machine
  postgres: string
  rounds: number
  seconds: number
  warmUpSeconds: number
  summaries: Summary[]
  bars: Bar[]
  /** A sentence for each thing that could not be measured here. */
  leftOut: string[]
  /** Every round by itself. */
  rows: Row[]
}

export function makeReport(
  plan: Plan,
  { rows, leftOut, postgresVersion }: Ran,
  machine: Machine,
  bars: (summaries: Summary[], rows: Row[]) => Bar[],
): Report {
  const summaries = summarise(rows)
  return {
    at: new Date().toISOString(),
    machine,
    postgres: `${postgresVersion}, the embedded binary (built with -Os)`,
    rounds: plan.rounds,
    seconds: plan.seconds,
    warmUpSeconds: plan.warmUpSeconds,
    summaries,
    bars: bars(summaries, rows),
    leftOut,
    rows,
  }
}

/** The same as Markdown: what was measured on, the figures, and how they compare with what is demanded. */
export const markdownReport = (report: Report): string =>
  [
    `${machineLine(report.machine)}; PostgreSQL ${report.postgres}; ` +
      `medians of ${report.rounds} ${report.rounds === 1 ? 'round' : 'rounds'} of ${report.seconds} s.`,
    figuresTable(report.summaries),
    ...report.leftOut,
    barsTable(report.bars),
  ].join('\n\n')
