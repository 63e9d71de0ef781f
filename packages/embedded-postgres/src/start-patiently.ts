import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedPostgresEvent } from './embedded-postgres-event.ts'
import { EmbeddedPostgresRefused } from './embedded-postgres-refused.ts'
import { mayServe, readLockFile, takeOverLockFile } from './lock-file.ts'
import { launchPostmaster, type LaunchPlan, type Postmaster } from './postmaster.ts'
import { makeSocketFolder } from './socket-folder.ts'

/** Another server on the folder gets this long to go away: its owner may have died a moment ago. */
const RIVAL_SECONDS = 4
/** One that is shutting down, and what is left of one that was killed, get this long. */
const LEAVING_SECONDS = 60
const PAUSE_MS = 200

/** What Postgres says when another server, or what is left of one, holds the folder or the socket. */
const HELD = /lock file .* already exists|pre-existing shared memory block/

/**
 * Starts the server, waiting for one that is about to leave the folder. Refuses a folder that another server keeps,
 * and shows what Postgres said if it does not start for another reason. No process is signalled but the one started.
 */
export async function startPatiently(
  plan: LaunchPlan,
  socketFolder: string,
  signal: AbortSignal,
  onEvent: (event: EmbeddedPostgresEvent) => void,
): Promise<Postmaster> {
  const since = Date.now()
  for (let attempt = 1; ; attempt++) {
    await makeSocketFolder(socketFolder, plan.user)
    const started = await launchPostmaster(plan, signal)
    if ('pid' in started) return started
    if (!HELD.test(started.said) || signal.aborted)
      throw new EmbeddedPostgresRefused(`Postgres did not start (${plan.log.file}):\n${started.said}`)

    const holder = await holderOf(plan, socketFolder)
    const waited = (Date.now() - since) / 1000
    if (waited > (holder.leaving ? LEAVING_SECONDS : RIVAL_SECONDS))
      throw new EmbeddedPostgresRefused(
        `${plan.clusterDir} is in use by another running server${holder.pid ? ` (process ${holder.pid})` : ''}. ` +
          'Stop that one, or choose another data folder.',
      )
    if (attempt === 1) onEvent({ kind: 'waiting', folder: plan.clusterDir })
    await delay(PAUSE_MS, undefined, { signal }).catch(() => {})
  }
}

/** Who holds the folder; a lock whose process is gone, or is another program by now, is taken over on the way. */
async function holderOf({ clusterDir, user }: LaunchPlan, socketFolder: string) {
  const lock = await readLockFile(clusterDir)
  if (lock && (await mayServe(lock.pid, clusterDir))) return { pid: lock.pid, leaving: lock.status === 'stopping' }
  if (lock) await takeOverLockFile(lock, clusterDir, socketFolder, user)
  return { leaving: true }
}
