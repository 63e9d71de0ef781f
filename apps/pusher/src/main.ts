import { openCore } from '@weldmq/queue-core'
import { BadSettings, openLog } from '@weldmq/service-kit'
import { readConfig } from './config.ts'
import { startPusher } from './start.ts'

try {
  const { databaseUrl, publicUrl, logLevel, push } = readConfig()
  const log = openLog({ name: 'weldmq pusher', level: logLevel })
  const core = await openCore({
    database: { url: databaseUrl },
    onFault: (fault, where) => log.error({ err: fault }, where),
  })
  const pusher = startPusher({ core, config: push, publicUrl, log })
  log.info('delivering')

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    pusher
      .stop()
      .then(() => core.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      )
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
} catch (fault) {
  const text = fault instanceof Error ? fault.message : String(fault)
  process.stderr.write(`${text}\n`)
  process.exitCode = fault instanceof BadSettings ? 2 : 1
}
