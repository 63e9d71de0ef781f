import type { Summary } from './summarise.ts'
import { megabytes, milliseconds, whole } from './units.ts'

/** What the project demands of itself; `figure` and `met` are undefined when this run did not measure it. */
export type Bar = { says: string; figure: number | undefined; shown: string; met: boolean | undefined }

/** All from the medians of one run, so that a ratio compares what one machine did within minutes. */
export function bars(summaries: Summary[]): Bar[] {
  const find = (scenario: string, operation: string) =>
    summaries.find((one) => one.scenario.name === scenario && one.operation === operation)
  const rate = (scenario: string, operation: string) => find(scenario, operation)?.perSecond.median

  const core = rate('core-64-cycle', 'cycle')
  const http = rate('http-64-cycle', 'cycle')
  const resident = summaries.filter(({ scenario }) => scenario.target === 'http').map((one) => one.resident.maxBytes)

  return [
    judge('core, 64 callers, cycle: at least 7 times that without coalescing', {
      figure: ratio(core, rate('uncoalesced-64-cycle', 'cycle')),
      show: (value) => `${value.toFixed(1)} times`,
      meets: (value) => value >= 7,
    }),
    judge('v3 HTTP, 64 clients, cycle: at least 0.30 of the core in process', {
      figure: ratio(http, core),
      show: (value) => value.toFixed(2),
      meets: (value) => value >= 0.3,
    }),
    judge('v2 HTTP, 64 clients, cycle: at least 0.90 of v3', {
      figure: ratio(rate('v2-64-cycle', 'cycle'), http),
      show: (value) => value.toFixed(2),
      meets: (value) => value >= 0.9,
    }),
    judge('v3 HTTP, batches of 100: at least 30,000 messages/s posted', {
      figure: rate('http-4-batches', 'post 100'),
      show: whole,
      meets: (value) => value >= 30_000,
    }),
    judge('v3 HTTP, batches of 100: at least 20,000 messages/s reserved and deleted', {
      figure: rate('http-4-batches', 'reserve + delete 100'),
      show: whole,
      meets: (value) => value >= 20_000,
    }),
    judge('v3 HTTP, one client: p50 of a post below 1.5 ms', {
      figure: find('http-1-steps', 'post')?.p50Milliseconds,
      show: (value) => `${milliseconds(value)} ms`,
      meets: (value) => value < 1.5,
    }),
    judge('gateway process: below 300 MB resident', {
      figure: resident.length > 0 ? Math.max(...resident) : undefined,
      show: (value) => `${megabytes(value)} MB`,
      meets: (value) => value < 300_000_000,
    }),
  ]
}

/** A figure, how it is shown and what it must meet. */
type Judged = { figure: number | undefined; show: (value: number) => string; meets: (value: number) => boolean }

/** Undefined figures were not measured. */
export const judge = (says: string, { figure, show, meets }: Judged): Bar =>
  figure === undefined
    ? { says, figure, shown: 'not measured', met: undefined }
    : { says, figure, shown: show(figure), met: meets(figure) }

export const ratio = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? undefined : a / b
