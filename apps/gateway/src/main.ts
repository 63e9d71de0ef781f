import { EmbeddedPostgresRefused } from '@weldmq/embedded-postgres'
import { BadSettings, openLog } from '@weldmq/service-kit'
import { banner, readyLine } from './banner.ts'
import { readConfig } from './config.ts'
import { type Gateway, startGateway } from './index.ts'

/** Promise I25. If it cannot be kept we go all the same; the embedded Postgres then ends by itself. */
const STOP_WITHIN_MILLISECONDS = 9500
/** npm, our starter and the terminal each pass the same Ctrl-C on; only what comes later is a second one. */
const SAME_SIGNAL_MILLISECONDS = 1000

const exitCodes = { stopped: 0, fault: 1, badSettings: 2, stoppedAtOnce: 130 }

try {
  const config = readConfig()
  const log = openLog({ name: 'weldmq', level: config.logLevel })
  process.on('uncaughtException', (fault) => {
    log.fatal({ err: fault }, 'a defect: this process cannot go on')
    process.exit(exitCodes.fault)
  })
  // Node would open a debugger (security row 43).
  process.on('SIGUSR1', () => log.warn('SIGUSR1 is ignored'))

  const starting = startGateway(config, log)
  stopOnSignal(starting)
  const gateway = await starting
  process.stdout.write(`${banner(gateway, config)}\n${readyLine(gateway)}\n`)
} catch (fault) {
  const expected = fault instanceof BadSettings || fault instanceof EmbeddedPostgresRefused
  process.stderr.write(`${expected ? fault.message : `WeldMQ cannot start: ${reasonOf(fault)}`}\n`)
  process.exitCode = fault instanceof BadSettings ? exitCodes.badSettings : exitCodes.fault
}

function stopOnSignal(starting: Promise<Gateway>) {
  let first: number | undefined
  const onSignal = () => {
    if (first !== undefined) {
      if (performance.now() - first >= SAME_SIGNAL_MILLISECONDS) process.exit(exitCodes.stoppedAtOnce)
      return
    }
    first = performance.now()
    setTimeout(() => process.exit(exitCodes.fault), STOP_WITHIN_MILLISECONDS).unref()
    starting
      .then((gateway) => gateway.stop())
      .then(
        () => process.exit(exitCodes.stopped),
        () => process.exit(exitCodes.fault),
      )
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal)
}

/** The sentence for a person; a fault of the database has several causes, the first of which says most. */
function reasonOf(fault: unknown): string {
  const { message, code, cause } = fault as { message?: string; code?: string; cause?: unknown }
  if (cause !== undefined && cause !== null) return `${message} (${reasonOf(cause)})`
  return message || code || String(fault)
}
