import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Core, FirstStart } from '@weldmq/queue-core'
import type { Log } from '@weldmq/service-kit'
import type { Config } from './config.ts'
import { type Place, ironFile } from './iron-file.ts'

export type Credentials = {
  /** The project to show; undefined when there is none any more. */
  projectId: string | undefined
  /** The admin token, only when this very start has drawn it. */
  newToken: string | undefined
  /** Whether WELDMQ_TOKEN is an admin token here. */
  tokenGiven: boolean
  /** The file that holds both, if there is one. */
  ironFile: string | undefined
}

/**
 * Makes the first project and admin token where there are none, exactly once however many gateways start on one
 * database, and writes drawn ones to `iron.json`. On every later start finds out what there is to show.
 */
export async function firstStart(core: Core, config: Config, place: Place, log: Log): Promise<Credentials> {
  const { projectId, token: secret } = config
  const result = await core.makeFirstStart({ projectId, secret })
  if (!result.ok) throw new Error(`The first project could not be made: ${JSON.stringify(result.refusal)}`)
  const made = result.value

  const tokenGiven = secret !== undefined && (await core.authenticate(secret))?.admin === true
  if (secret && !tokenGiven) {
    log.warn('WELDMQ_TOKEN is not an admin token of this database; it is only taken at the very first start')
  }
  const projects = (await core.listProjects()).map(({ id }) => id)
  if (projectId && !projects.includes(projectId)) {
    log.warn('WELDMQ_PROJECT_ID is not a project of this database; it is only taken at the very first start')
  }
  if (!made) return { ...(await findIronFile(config.dataDir, projects)), newToken: undefined, tokenGiven }
  return handOver(made, made.project?.id ?? projects[0], config, place, log)
}

async function handOver(
  made: FirstStart,
  projectId: string | undefined,
  config: Config,
  place: Place,
  log: Log,
): Promise<Credentials> {
  log.info({ projectId, tokenId: made.token.id }, 'made the first project and an admin token')
  // Whoever gave us a token has it; we do not spread it.
  if (config.token) return { projectId, newToken: undefined, tokenGiven: true, ironFile: undefined }

  const content = ironFile({ projectId, token: made.token.secret, ...place })
  // Never over an older file: it may hold the only copy of the token of another database.
  for (const name of ['iron.json', `iron-${made.token.id}.json`]) {
    const path = join(config.dataDir, name)
    try {
      await mkdir(config.dataDir, { recursive: true })
      await writeFile(path, content, { mode: 0o600, flag: 'wx' })
      return { projectId, newToken: made.token.secret, tokenGiven: false, ironFile: path }
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code === 'EEXIST') continue
      log.warn({ err: fault }, 'the token could not be written to the data folder; it is only printed')
      break
    }
  }
  return { projectId, newToken: made.token.secret, tokenGiven: false, ironFile: undefined }
}

/** The file of an earlier start, when it is about a project of this database. */
async function findIronFile(dataDir: string, projects: string[]): Promise<Pick<Credentials, 'projectId' | 'ironFile'>> {
  const path = join(dataDir, 'iron.json')
  try {
    const { project_id: projectId } = JSON.parse(await readFile(path, 'utf8')) as { project_id?: unknown }
    if (typeof projectId === 'string' && projects.includes(projectId)) return { projectId, ironFile: path }
  } catch {
    // Not there, not ours to read, or edited into something else: nothing to point to.
  }
  return { projectId: projects[0], ironFile: undefined }
}
