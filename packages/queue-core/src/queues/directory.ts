import type { Sql } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { selectProject } from '../projects/find.sql.ts'
import { Unavailable } from '../refusal.ts'
import { findQueueId, insertQueue } from './queue.sql.ts'

const MOST_NAMES = 100_000
/** A queue that is dropped as soon as it is made, by whoever else uses its name, is made so many times. */
export const MOST_ATTEMPTS = 20

/** When these are over. */
export const droppedAgain = () => new Unavailable('The queue was dropped again and again')

/**
 * Which name is which queue, from memory. An entry may be stale, which every statement notices because the queue it
 * names is gone (an id is never used again): then the caller says `forget` and asks once more.
 */
export type Directory = {
  find(project: string, name: string): Promise<number | undefined>
  /** Undefined only when the project is gone. */
  findOrCreate(project: string, name: string): Promise<number | undefined>
  forget(project: string, name: string): void
  /** Of a queue that was found here lately. */
  projectOf(queueId: number): string | undefined
}

type Asked = Promise<number | undefined>

export function createDirectory(sql: Sql): Directory {
  const known = new Map<string, number>()
  const projects = new Map<number, string>()
  const asking = new Map<string, Asked>()
  const keyOf = (project: string, name: string) => `${project}/${name}`

  /**
   * Callers that ask for the same thing at the same time share one statement. One that began before a caller came may
   * not know of a queue that was made just before he came, so where it finds none he asks again.
   */
  async function shared(what: 'find' | 'create', project: string, name: string, ask: () => Asked): Asked {
    const key = `${what} ${keyOf(project, name)}`
    const id = await asking.get(key)
    if (id !== undefined) return id
    const other = asking.get(key)
    if (other) return other
    const isLatest = () => asking.get(key) === asked
    const asked: Asked = ask()
      // What was forgotten meanwhile is known to be out of date.
      .then((found) => (isLatest() ? remember(project, name, found) : found))
      .finally(() => isLatest() && asking.delete(key))
    asking.set(key, asked)
    return asked
  }

  function remember(project: string, name: string, id: number | undefined) {
    if (id === undefined) return undefined
    if (known.size >= MOST_NAMES) for (const oldest of known.keys()) if (known.delete(oldest)) break
    if (projects.size >= MOST_NAMES) for (const oldest of projects.keys()) if (projects.delete(oldest)) break
    projects.set(id, project)
    known.set(keyOf(project, name), id)
    return id
  }

  const directory: Directory = {
    async find(project, name) {
      const id = known.get(keyOf(project, name))
      if (id !== undefined) return id
      return shared('find', project, name, async () => (await findQueueId(sql, project, name))[0]?.id)
    },
    async findOrCreate(project, name) {
      const id = known.get(keyOf(project, name))
      if (id !== undefined) return id
      return shared('create', project, name, () => {
        const find = () => directory.find(project, name)
        return findOrMake(
          sql,
          project,
          find,
          async () => (await insertQueue(sql, { project, name, ...defaults }))[0]?.id,
        )
      })
    },
    projectOf: (queueId) => projects.get(queueId),
    forget(project, name) {
      const key = keyOf(project, name)
      known.delete(key)
      asking.delete(`find ${key}`)
      asking.delete(`create ${key}`)
    },
  }
  return directory
}

/**
 * Finds a queue, or makes it; undefined only when the project is gone. Whoever makes it first may drop it again before
 * it is found: a transient queue that nobody uses any more.
 */
export async function findOrMake(
  sql: Sql,
  project: string,
  find: () => Promise<number | undefined>,
  make: () => Promise<number | undefined>,
): Promise<number | undefined> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const id = (await find()) ?? (await make()) ?? (await find())
    if (id !== undefined) return id
    if ((await selectProject(sql, project)).length === 0) return undefined
  }
  throw droppedAgain()
}

/** A queue that nobody configured. */
export const defaults = {
  messageTimeout: limits.messageTimeoutSeconds.default,
  messageExpiration: limits.messageExpirationSeconds.default,
  priority: limits.priority.default,
}
