import type { TargetName } from '../targets/target.ts'
import { markdownTable } from './markdown-table.ts'
import type { Summary } from './summarise.ts'
import { megabytes, milliseconds, whole } from './units.ts'

const words: Record<TargetName, string> = {
  core: 'core',
  uncoalesced: 'core, not coalesced',
  http: 'v3 HTTP',
  v2: 'v2 HTTP',
  beanstalk: 'beanstalk door',
  'beanstalk-idle': 'beanstalk door',
  'graphile-worker': 'graphile-worker',
  pgmq: 'pgmq',
  'pg-boss': 'pg-boss',
  'beanstalkd-synced': 'beanstalkd -b -f0',
  beanstalkd: 'beanstalkd',
  'raw-sql': 'raw SQL',
}

/** One line for each operation of each scenario. */
export function figuresTable(summaries: Summary[]): string {
  return markdownTable(
    [
      'through',
      'clients',
      'operation',
      'messages/s',
      'least to most',
      'p50 ms',
      'p99 ms',
      'CPU µs',
      'MB at end',
      'MB at most',
    ],
    summaries.map(({ scenario, operation, perSecond, p50Milliseconds, p99Milliseconds, cpuMicroseconds, resident }) => [
      words[scenario.target],
      String(scenario.clients),
      scenario.shape === 'backlog' ? `${operation}, with a backlog` : operation,
      whole(perSecond.median),
      `${whole(perSecond.least)} to ${whole(perSecond.most)}`,
      milliseconds(p50Milliseconds),
      milliseconds(p99Milliseconds),
      cpuMicroseconds === undefined ? '' : whole(cpuMicroseconds),
      megabytes(resident.endBytes),
      megabytes(resident.maxBytes),
    ]),
    { textColumns: [0, 2] },
  )
}
