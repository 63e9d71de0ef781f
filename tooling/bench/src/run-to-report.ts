import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgress } from './progress.ts'

export const exitCodes = { fault: 1, badArguments: 2, tooSlow: 3, stopped: 130 }

/** All that one run found out, which becomes the JSON file, and the same as Markdown for a person. */
export type Found = {
  report: { at: string }
  markdown: string
  /** What makes the run a failed one although it came to its end; a sentence each. */
  failures?: string[]
}

/** What every measuring command does: told on standard error how far it is, stopped in order by a signal. */
export type Run = (say: (text: string) => void, signal: AbortSignal) => Promise<Found>

/**
 * Runs it, prints the Markdown and writes the JSON (into the temp folder unless a file is named). On a fault, or when
 * it was stopped by a signal, only the exit code is left.
 */
export async function runToReport(name: string, json: string | undefined, run: Run): Promise<void> {
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort(signal))

  const progress = startProgress()
  try {
    const { report, markdown, failures = [] } = await run(progress.say, stopped.signal)
    const file = json ?? join(tmpdir(), `weldmq-${name}-${report.at.replaceAll(':', '')}.json`)
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
    progress.done()
    console.log(`\n${markdown}\n\nAll figures: ${file}`)
    for (const failure of failures) console.error(failure)
    if (failures.length > 0) process.exitCode = exitCodes.tooSlow
  } catch (fault) {
    progress.failed(stopped.signal.aborted ? 'stopped' : 'failed')
    if (!stopped.signal.aborted) console.error(fault)
    process.exitCode = stopped.signal.aborted ? exitCodes.stopped : exitCodes.fault
  }
}
