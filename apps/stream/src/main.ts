import { openCore } from '@weldmq/queue-core'
import { BadSettings, createMetrics, openLog } from '@weldmq/service-kit'
import { readConfig } from './config.ts'
import { startStream } from './start.ts'

try {
  const { databaseUrl, listen, maxBodyBytes, logLevel, stream: config } = readConfig()
  const log = openLog({ name: 'weldmq stream', level: logLevel })
  const core = await openCore({
    database: { url: databaseUrl },
    onFault: (fault, where) => log.error({ err: fault }, where),
  })
  const server = await startStream({ core, config, ...listen, maxBodyBytes, log, metrics: createMetrics() })
  log.info({ url: server.url }, 'ready')

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    server
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
