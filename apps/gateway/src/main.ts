import cluster from 'node:cluster'
import { EmbeddedPostgresRefused } from '@weldmq/embedded-postgres'
import { BadSettings, openLog } from '@weldmq/service-kit'
import { CommanderError } from 'commander'
import { readArguments } from './arguments.ts'
import { banner, readyLine } from './banner.ts'
import { readConfig } from './config.ts'
import { type Gateway, startGateway } from './index.ts'
import { reasonOf } from './reason-of.ts'
import { work } from './worker.ts'
import { startWorkers } from './workers.ts'

/** Promise I25. If it cannot be kept we go all the same; the embedded Postgres then ends by itself. */
const STOP_WITHIN_MILLISECONDS = 9500
/** npm, our starter and the terminal each pass the same Ctrl-C on; only what comes later is a second one. */
const SAME_SIGNAL_MILLISECONDS = 1000

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const exitCodes = { stopped: 0, fault: 1, badSettings: 2, stoppedAtOnce: 130 }

try {
  const { workers } = readArguments()
  const config = readConfig()
  const log = openLog({ name: 'weldmq', level: config.logLevel })
  process.on('uncaughtException', (fault) => {
    log.fatal({ err: fault }, 'a defect: this process cannot go on')
    process.exit(exitCodes.fault)
  })
  // Node would open a debugger (security row 43).
  process.on('SIGUSR1', () => log.warn('SIGUSR1 is ignored'))

  if (workers > 1 && cluster.isWorker) {
    // Ctrl-C reaches every process of the terminal; the primary decides, and tells us.
    for (const signal of [...stopSignals, 'SIGUSR2'] as const) process.on(signal, () => {})
    work(config, log)
  } else {
    const starting = workers > 1 ? startWorkers(config, log, workers) : startGateway(config, log)
    stopOnSignal(starting)
    process.on('SIGUSR2', () => void starting.then((gateway) => gateway.drain()).catch(() => {}))
    const gateway = await starting
    process.stdout.write(`${banner(gateway, config)}\n${readyLine(gateway)}\n`)
  }
} catch (fault) {
  process.exitCode = explain(fault)
}

/** Says why we cannot go on, and answers with the exit code for it. */
function explain(fault: unknown): number {
  // It has said so itself, or has shown the help that was asked for.
  if (fault instanceof CommanderError) return fault.exitCode === 0 ? exitCodes.stopped : exitCodes.badSettings
  const expected = fault instanceof BadSettings || fault instanceof EmbeddedPostgresRefused
  process.stderr.write(`${expected ? fault.message : `WeldMQ cannot start: ${reasonOf(fault)}`}\n`)
  return fault instanceof BadSettings ? exitCodes.badSettings : exitCodes.fault
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
  for (const signal of stopSignals) process.on(signal, onSignal)
}
