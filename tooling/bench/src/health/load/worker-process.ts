// A process with a core and its callers in it, started by start-worker.ts.
import { type Core, openCore } from '@weldmq/queue-core'
import postgres, { type Sql } from 'postgres'
import { answerParent } from '../../load/answer-parent.ts'
import { cpuSecondsOf } from '../../machine/cpu-seconds.ts'
import { runLoad } from './run-load.ts'
import type { ToWorker } from './worker-messages.ts'

let core: Core | undefined
let sql: Sql | undefined
let project = ''

answerParent(obey)

async function obey(said: ToWorker) {
  switch (said.kind) {
    case 'open':
      project = said.project
      sql = postgres({ ...said.database, max: 1, onnotice: () => {} })
      core = await openCore({
        database: said.database,
        coalesce: said.coalesce,
        onFault: (fault, where) => console.error(`The core reports a fault: ${where}`, fault),
      })
      if (!(await core.findProject({ id: project })).ok) await core.createProject({ name: 'bench', id: project })
      return []
    case 'run':
      return runLoad({ core: core!, project, databaseCpuSeconds }, said.spec)
    case 'close':
      await core?.stop()
      await sql?.end({ timeout: 5 })
      return []
  }
}

async function databaseCpuSeconds(): Promise<number> {
  const sessions = await sql!<{ pid: number }[]>`
    select pid from pg_stat_activity where datname = current_database() and application_name like 'weldmq%'`
  let seconds = 0
  for (const { pid } of sessions) {
    try {
      seconds += cpuSecondsOf(pid) ?? 0
    } catch {
      // It ended in between.
    }
  }
  return seconds
}
