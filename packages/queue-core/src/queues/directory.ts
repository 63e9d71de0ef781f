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

export function createDirectory(sql: Sql): Directory {
  const known = new Map<string, number>()
  const projects = new Map<number, string>()
  const asking = new Map<string, Promise<number | undefined>>()
  const keyOf = (project: string, name: string) => `${project}/${name}`

  /** Callers that ask for the same thing at the same time share one statement. */
  function shared(key: string, ask: () => Promise<number | undefined>): Promise<number | undefined> {
    let asked = asking.get(key)
    if (!asked) {
      asked = ask().finally(() => asking.delete(key))
      asking.set(key, asked)
    }
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
      return shared(`find ${keyOf(project, name)}`, async () => {
        const [row] = await findQueueId(sql, project, name)
        return remember(project, name, row?.id)
      })
    },
    async findOrCreate(project, name) {
      const id = known.get(keyOf(project, name))
      if (id !== undefined) return id
      return shared(`create ${keyOf(project, name)}`, async () => {
        const find = () => directory.find(project, name)
        return findOrMake(sql, project, find, async () => {
          const [row] = await insertQueue(sql, { project, name, ...defaults })
          return remember(project, name, row?.id)
        })
      })
    },
    projectOf: (queueId) => projects.get(queueId),
    forget(project, name) {
      known.delete(keyOf(project, name))
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
