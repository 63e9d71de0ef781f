import type { Bar } from './bars.ts'
import { markdownTable } from './markdown-table.ts'

export const barsTable = (bars: Bar[]): string =>
  markdownTable(
    ['bar', 'figure', 'met'],
    bars.map(({ says, shown, met }) => [says, shown, met === undefined ? '' : met ? 'yes' : 'NO']),
    { textColumns: [0, 2] },
  )
