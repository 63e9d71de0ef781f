import { type Core, openCore } from '@weldmq/queue-core'
import { BadSettings } from './config.ts'
import { type Log, openLog } from './log.ts'

type Settings = { databaseUrl: string; logLevel: string }
type Running = { stop(): Promise<void> }

/**
 * The life of a program that is one service and nothing else: settings, a core on the database they name, the service,
 * and its end on a signal. Ends with 2 for settings that are wrong, and with 1 when it cannot start or stop; says why.
 */
export async function runAlone<S extends Settings>(
  name: string,
  readSettings: () => S,
  start: (given: { core: Core; settings: S; log: Log }) => Running | Promise<Running>,
): Promise<void> {
  try {
    const settings = readSettings()
    const log = openLog({ name, level: settings.logLevel })
    // Node would open a debugger (security row 43).
    process.on('SIGUSR1', () => log.warn('SIGUSR1 is ignored'))
    const core = await openCore({
      database: { url: settings.databaseUrl },
      onFault: (fault, where) => log.error({ err: fault }, where),
    }).catch((cause: Error) => {
      throw new Error(`The database of DATABASE_URL cannot be used (${cause.message})`, { cause })
    })
    const starting = Promise.resolve(start({ core, settings, log }))
    stopOnSignal(() => starting.then((running) => running.stop()).then(() => core.stop()))
    await starting
  } catch (fault) {
    const text = fault instanceof Error ? fault.message : String(fault)
    process.stderr.write(`${text}\n`)
    // What has begun to run by then would keep the program from ending.
    process.exit(fault instanceof BadSettings ? 2 : 1)
  }
}

function stopOnSignal(stop: () => Promise<void>) {
  let stopping = false
  const onSignal = () => {
    if (stopping) return
    stopping = true
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal)
}
