export type Waiter = {
  /** Resolves true when something may be ready, false at the deadline, on abort and when waiting has ended for all. */
  next(deadline: number, abort?: AbortSignal): Promise<boolean>
  leave(): void
}

type Sleeper = { wake: ((woken: boolean) => void) | undefined; missed: boolean }

export type Waiters = {
  /** Waits for any of these queues. */
  join(...queueIds: number[]): Waiter
  /** Wakes the `count` callers that have waited longest; callers that are just looking will look again. */
  wake(queueId: number, count: number): void
  queueIds(): number[]
  has(queueId: number): boolean
  /** Wakes everybody with nothing; later waits end at once. */
  end(): void
}

/** Who waits for which queue, in this process. A waiter costs memory and a timer, no connection and no query. */
export function createWaiters(onFirst: (queueId: number) => void): Waiters {
  const byQueue = new Map<number, Set<Sleeper>>()
  let ended = false

  return {
    join(...queueIds) {
      const sleeper: Sleeper = { wake: undefined, missed: false }
      for (const queueId of queueIds) {
        const sleepers = byQueue.get(queueId)
        if (sleepers) sleepers.add(sleeper)
        else {
          byQueue.set(queueId, new Set([sleeper]))
          onFirst(queueId)
        }
      }
      return {
        next: (deadline, abort) =>
          new Promise<boolean>((resolve) => {
            const left = deadline - performance.now()
            if (ended || left <= 0 || abort?.aborted) return resolve(false)
            if (sleeper.missed) {
              sleeper.missed = false
              return resolve(true)
            }
            const finish = (woken: boolean) => {
              clearTimeout(timer)
              abort?.removeEventListener('abort', onAbort)
              sleeper.wake = undefined
              resolve(woken)
            }
            const onAbort = () => finish(false)
            const timer = setTimeout(finish, left, false)
            abort?.addEventListener('abort', onAbort, { once: true })
            sleeper.wake = finish
          }),
        leave() {
          for (const queueId of queueIds) {
            const sleepers = byQueue.get(queueId)
            if (sleepers?.delete(sleeper) && sleepers.size === 0) byQueue.delete(queueId)
          }
        },
      }
    },
    wake(queueId, count) {
      let left = count
      for (const sleeper of byQueue.get(queueId) ?? []) {
        if (left <= 0) break
        if (sleeper.wake) {
          left--
          sleeper.wake(true)
        } else sleeper.missed = true
      }
    },
    queueIds: () => [...byQueue.keys()],
    has: (queueId) => byQueue.has(queueId),
    end() {
      ended = true
      for (const sleepers of byQueue.values()) for (const sleeper of sleepers) sleeper.wake?.(false)
    },
  }
}
