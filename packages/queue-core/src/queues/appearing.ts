import type { Sql } from '../db/connect.ts'
import { whichExist } from './appearing.sql.ts'

/** How long a queue may be there before those who wait for it know; while nobody waits nothing is asked. */
const LOOK_MS = 500

/** Waits for queues that do not exist yet: one statement per look, however many wait for however many of them. */
export type Appearing = {
  /** True when the queue is there, false at the deadline, on abort and when waiting has ended for all. */
  wait(on: { project: string; queue: string }, deadline: number, abort?: AbortSignal): Promise<boolean>
  /** Ends all waits, now and later. */
  end(): void
}

type Wanted = { project: string; queue: string; wakes: Set<(there: boolean) => void> }

export function createAppearing(sql: Sql, onFault: (fault: unknown, where: string) => void): Appearing {
  const wanted = new Map<string, Wanted>()
  let next: NodeJS.Timeout | undefined
  let ended = false

  async function look() {
    const asked = [...wanted.values()]
    try {
      const rows = await whichExist(
        sql,
        asked.map(({ project }) => project),
        asked.map(({ queue }) => queue),
      )
      for (const { project, name } of rows) for (const wake of wanted.get(keyOf(project, name))?.wakes ?? []) wake(true)
    } catch (fault) {
      onFault(fault, 'awaited queues')
    }
    next = undefined
    lookSoon()
  }

  function lookSoon() {
    if (wanted.size > 0) next ??= setTimeout(() => void look(), LOOK_MS)
  }

  return {
    wait({ project, queue }, deadline, abort) {
      const left = deadline - performance.now()
      if (ended || left <= 0 || abort?.aborted) return Promise.resolve(false)
      const key = keyOf(project, queue)
      let one = wanted.get(key)
      if (!one) wanted.set(key, (one = { project, queue, wakes: new Set() }))
      const { wakes } = one
      lookSoon()
      return new Promise((resolve) => {
        const finish = (there: boolean) => {
          clearTimeout(timer)
          abort?.removeEventListener('abort', onAbort)
          wakes.delete(finish)
          if (wakes.size === 0 && wanted.get(key)?.wakes === wakes) wanted.delete(key)
          resolve(there)
        }
        const onAbort = () => finish(false)
        const timer = setTimeout(finish, left, false)
        abort?.addEventListener('abort', onAbort, { once: true })
        wakes.add(finish)
      })
    },
    end() {
      ended = true
      clearTimeout(next)
      for (const { wakes } of [...wanted.values()]) for (const wake of [...wakes]) wake(false)
    },
  }
}

const keyOf = (project: string, queue: string) => `${project}/${queue}`
