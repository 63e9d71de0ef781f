import { type Machine, machineLine } from '../machine/describe.ts'
import { barsTable } from '../report/bars-table.ts'
import { healthTable } from './health-table.ts'
import { markdownTable } from '../report/markdown-table.ts'
import type { CurveRan, HealthRan } from './run-health.ts'

/** All that one run found out; the JSON file is this, as it is. */
export type HealthReport = { at: string; machine: Machine; postgres: string; curves: CurveRan[] }

export const makeHealthReport = ({ curves, postgresVersion }: HealthRan, machine: Machine): HealthReport => ({
  at: new Date().toISOString(),
  machine,
  postgres: postgresVersion,
  curves,
})

/** The same as Markdown: what was measured on, each curve with its figures, and how they compare with what is demanded. */
export function markdownHealth({ at, machine, postgres, curves }: HealthReport): string {
  const bars = curves.flatMap((curve) => curve.bars)
  return [
    `${at}, PostgreSQL ${postgres}, ${machineLine(machine)}`,
    ...curves.map(section),
    ...(bars.length > 0 ? [barsTable(bars)] : []),
  ].join('\n\n')
}

function section(curve: CurveRan): string {
  const figures = curve.figures.map(({ says, shown }) => `- ${says}: ${shown}`).join('\n')
  return [`## ${curve.name}`, curve.says, healthTable(curve), figures, activityTable(curve)]
    .filter(Boolean)
    .join('\n\n')
}

const activityTable = ({ activity }: CurveRan): string =>
  markdownTable(
    ['sessions on average', 'doing', 'waiting for'],
    activity.map(({ statement, waitingFor, sessions }) => [
      sessions.toFixed(2),
      statement.replaceAll('|', '¦'),
      waitingFor,
    ]),
    { textColumns: [1, 2] },
  )
