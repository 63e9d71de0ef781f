import type { Sql } from '../db/connect.ts'
import { type Directory, findOrMake } from '../queues/directory.ts'
import type { Lease } from './lease.ts'
import {
  type QueueUse,
  dropAbandoned,
  forgetUse,
  insertTransientQueue,
  lockTransient,
  storeUses,
  unusedQueues,
} from './presence.sql.ts'

export type Role = 'users' | 'watchers' | 'waiters'

/** How the sessions of this process use one queue, by name: it may be dropped and made again underneath. */
type Place = { project: string; queue: string } & Record<Role, number> & {
    /** The queue that says so in the database; none for what nobody uses any more. */
    stored: number | undefined
    changed: boolean
    /** Storing and forgetting go one after the other. */
    settled: Promise<void>
  }

/**
 * Who uses, watches and waits for which queue. A queue that a session named and nobody configured lives as long as it
 * holds messages or somebody uses it, on whatever gateway (contract beanstalk, section 10).
 */
export type Presence = {
  /** Resolves once the queue exists and will stay. */
  enter(project: string, queue: string, role: 'users' | 'watchers'): Promise<void>
  /** Resolves once the queue is gone if nobody else uses it and it is empty. */
  leave(project: string, queue: string, role: 'users' | 'watchers'): Promise<void>
  waiting(project: string, queue: string, by: 1 | -1): void
  here(project: string, queue: string): Record<Role, number> | undefined
  /** Names that sessions of this process use. */
  namesOf(project: string): string[]
  /** The queue of that name, made if there is none; undefined when the project is gone. */
  queueId(project: string, queue: string): Promise<number | undefined>
  /** Drops the queue if it is transient, empty and unused. */
  dropIfAbandoned(project: string, queue: string, queueId: number): Promise<void>
  /** Drops all such queues, of one project or of all. */
  sweep(project?: string): Promise<void>
  /** Stores what changed since the last time; called every second. */
  store(): Promise<void>
}

/** This one is always there, so nothing has to be kept for those who use it. */
const ALWAYS_THERE = 'default'
/** Queues whose use one statement stores. */
const MOST_AT_ONCE = 1000

export function createPresence(sql: Sql, directory: Directory, lease: Lease): Presence {
  const places = new Map<string, Place>()
  const keyOf = (project: string, queue: string) => `${project}/${queue}`
  const isUsed = (place: Place) => place.users + place.watchers > 0

  lease.onLost(() => {
    for (const place of places.values()) {
      place.stored = undefined
      place.changed = true
    }
  })

  function placeOf(project: string, queue: string): Place {
    let place = places.get(keyOf(project, queue))
    if (!place) {
      const nobody = { users: 0, watchers: 0, waiters: 0 }
      place = { project, queue, ...nobody, stored: undefined, changed: false, settled: Promise.resolve() }
      places.set(keyOf(project, queue), place)
    }
    return place
  }

  async function queueId(project: string, queue: string): Promise<number | undefined> {
    const find = () => directory.find(project, queue)
    return findOrMake(sql, project, find, async () => {
      await insertTransientQueue(sql, { project, name: queue })
      return find()
    })
  }

  /** Brings the database in line with what is used here. */
  async function settle(place: Place): Promise<void> {
    const { project, queue } = place
    if (isUsed(place)) {
      for (let attempt = 0; attempt < 3 && place.stored === undefined; attempt++) {
        const id = await queueId(project, queue)
        if (id === undefined) return
        if ((await storeUses(sql, await lease.gateway(), [useOf(id, place)])).length > 0) place.stored = id
        else directory.forget(project, queue)
      }
      return
    }
    if (place.stored !== undefined) {
      const id = place.stored
      const gateway = lease.current()
      if (gateway !== undefined) await forgetUse(sql, gateway, id)
      place.stored = undefined
      await drop(project, queue, id)
    }
    if (!isUsed(place) && place.waiters === 0 && places.get(keyOf(project, queue)) === place) {
      places.delete(keyOf(project, queue))
    }
  }

  function settled(place: Place): Promise<void> {
    place.settled = place.settled.catch(() => undefined).then(() => settle(place))
    return place.settled
  }

  async function drop(project: string, queue: string, id: number): Promise<void> {
    const dropped = await sql.begin(async (tx) => {
      const [locked] = await lockTransient(tx, id)
      return locked ? (await dropAbandoned(tx, id)).length > 0 : false
    })
    if (dropped) directory.forget(project, queue)
  }

  return {
    queueId,
    async enter(project, queue, role) {
      const place = placeOf(project, queue)
      place[role]++
      place.changed = true
      if (queue === ALWAYS_THERE || place.stored !== undefined) return
      try {
        await settled(place)
      } catch (fault) {
        place[role]--
        throw fault
      }
    },
    async leave(project, queue, role) {
      const place = placeOf(project, queue)
      place[role]--
      place.changed = true
      if (!isUsed(place)) await settled(place)
    },
    waiting(project, queue, by) {
      const place = placeOf(project, queue)
      place.waiters += by
      place.changed = true
    },
    here: (project, queue) => places.get(keyOf(project, queue)),
    namesOf: (project) => [...places.values()].filter((p) => p.project === project && isUsed(p)).map((p) => p.queue),
    async dropIfAbandoned(project, queue, id) {
      const place = places.get(keyOf(project, queue))
      if (!place || !isUsed(place)) await drop(project, queue, id)
    },
    async sweep(project) {
      for (const unused of await unusedQueues(sql, project ?? null)) await drop(unused.project, unused.name, unused.id)
    },
    async store() {
      const changed = [...places.values()].filter((place) => place.changed)
      for (const place of changed) place.changed = false
      try {
        const known = changed.filter((place) => isUsed(place) && place.stored !== undefined)
        const stored = new Set<number>()
        while (known.length > 0) {
          const uses = known.splice(0, MOST_AT_ONCE).map((place) => useOf(place.stored!, place))
          for (const row of await storeUses(sql, await lease.gateway(), uses)) stored.add(row.queue_id)
        }
        for (const place of changed) if (await isToSettle(place, stored)) await settled(place)
      } catch (fault) {
        for (const place of changed) place.changed = true
        throw fault
      }
    },
  }

  /** True of what nobody uses any more, and of what is used and not stored: somebody may have removed the queue. */
  async function isToSettle(place: Place, stored: ReadonlySet<number>): Promise<boolean> {
    if (!isUsed(place)) return true
    if (place.stored !== undefined) {
      if (stored.has(place.stored)) return false
      place.stored = undefined
      directory.forget(place.project, place.queue)
    }
    return place.queue !== ALWAYS_THERE || (await directory.find(place.project, place.queue)) !== undefined
  }
}

const useOf = (queueId: number, { users, watchers, waiters }: Place): QueueUse => ({
  queueId,
  users,
  watchers,
  waiters,
})
