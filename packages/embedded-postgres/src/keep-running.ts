import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedPostgresEvent } from './embedded-postgres-event.ts'
import type { LaunchPlan } from './postmaster.ts'
import { removeSocketFolder } from './socket-folder.ts'
import { startPatiently } from './start-patiently.ts'

const LONGEST_PAUSE_MS = 5_000
const LIVED_WELL_MS = 10_000
const LOG_CHECK_MS = 60_000

type Watched = { plan: LaunchPlan; socketFolder: string; onEvent: (event: EmbeddedPostgresEvent) => void }

/**
 * Starts the server and starts it again whenever it ends unasked: at once, or after a pause of at most 5 s when it
 * does not live long. Never gives up before `stop`, since a full disk gets room again. Refuses only the first start.
 */
export async function keepRunning({ plan, socketFolder, onEvent }: Watched) {
  const ending = new AbortController()
  let current = await startPatiently(plan, socketFolder, ending.signal, onEvent).catch(async (error: unknown) => {
    await removeSocketFolder(socketFolder)
    throw error
  })
  onEvent({ kind: 'started', pid: current.pid })

  const watching = (async () => {
    let pause = 0
    while (!ending.signal.aborted) {
      const since = Date.now()
      const exit = await current.exited
      if (ending.signal.aborted) return
      onEvent({ kind: 'died', pid: current.pid, code: exit.code, signal: exit.signal })
      pause = Date.now() - since > LIVED_WELL_MS ? 0 : longer(pause)
      await again(pause)
    }
  })()

  /** Ends when a new server is `current`, or none is wanted any more. */
  async function again(pause: number): Promise<void> {
    for (let wait = pause; ; wait = longer(wait)) {
      await delay(wait, undefined, { signal: ending.signal }).catch(() => {})
      if (ending.signal.aborted) return
      try {
        current = await startPatiently(plan, socketFolder, ending.signal, onEvent)
        return onEvent({ kind: 'started', pid: current.pid })
      } catch (error) {
        if (!ending.signal.aborted) onEvent({ kind: 'restart_failed', reason: String((error as Error).message) })
      }
    }
  }

  const logCheck = setInterval(() => void plan.log.rotate().catch(() => {}), LOG_CHECK_MS)
  logCheck.unref()

  let stopped: Promise<void> | undefined
  async function stop() {
    clearInterval(logCheck)
    ending.abort()
    await current.stop()
    await watching
    await current.stop() // one that became ready in this very moment
    await removeSocketFolder(socketFolder)
    onEvent({ kind: 'stopped' })
  }

  return { pid: () => current.pid, stop: () => (stopped ??= stop()) }
}

const longer = (pause: number) => Math.min(LONGEST_PAUSE_MS, Math.max(100, pause * 2))
