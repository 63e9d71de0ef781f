export type Waiter = {
  /** Resolves true when something may be ready, false at the deadline, on abort and when waiting has ended for all. */
  next(deadline: number, abort?: AbortSignal): Promise<boolean>
  leave(): void
}

/** Waits for as long as somebody lives who takes many messages: one object, without a timer or a promise. */
export type Watch = {
  /** Has `onReady` called, once, when something may be ready; such a call counts as one for `count` messages. */
  arm(count: number): void
  disarm(): void
  isArmed(): boolean
  /** Whether something may have become ready while it was not armed; asking forgets it. */
  missed(): boolean
  leave(): void
}

export type Sleeper = {
  wake: ((woken: boolean) => void) | undefined
  hasMissed: boolean
  /** How many messages it takes when it is woken. */
  takes: number
}

export type Waiters = {
  /** Waits for any of these queues. */
  join(...queueIds: number[]): Waiter
  /** `onReady` is called from within `wake`. */
  watch(queueId: number, onReady: () => void): Watch
  /** Has `onReady` called at each wake of the queue, without taking anybody's place; answers with its end. */
  lookOn(queueId: number, onReady: () => void): () => void
  /** Wakes those who have waited longest and take `count` together; callers that are just looking will look again. */
  wake(queueId: number, count: number): void
  queueIds(): number[]
  has(queueId: number): boolean
  /** Wakes everybody with nothing; later waits end at once. */
  end(): void
}

/** Who waits for which queue, in this process. A waiter costs memory and a timer, no connection and no query. */
export function createWaiters(onFirst: (queueId: number) => void): Waiters {
  const byQueue = new Map<number, Set<Sleeper>>()
  const onlookers = new Map<number, Set<() => void>>()
  let ended = false

  function add(queueId: number, sleeper: Sleeper) {
    const sleepers = byQueue.get(queueId)
    if (sleepers) sleepers.add(sleeper)
    else {
      byQueue.set(queueId, new Set([sleeper]))
      onFirst(queueId)
    }
  }

  function remove(queueId: number, sleeper: Sleeper) {
    const sleepers = byQueue.get(queueId)
    if (sleepers?.delete(sleeper) && sleepers.size === 0) byQueue.delete(queueId)
  }

  return {
    join(...queueIds) {
      const sleeper: Sleeper = { wake: undefined, hasMissed: false, takes: 1 }
      for (const queueId of queueIds) add(queueId, sleeper)
      return {
        next: (deadline, abort) =>
          new Promise<boolean>((resolve) => {
            const left = deadline - performance.now()
            if (ended || left <= 0 || abort?.aborted) return resolve(false)
            if (sleeper.hasMissed) {
              sleeper.hasMissed = false
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
          for (const queueId of queueIds) remove(queueId, sleeper)
        },
      }
    },
    watch(queueId, onReady) {
      const standing = new StandingWatch(byQueue, queueId, onReady)
      add(queueId, standing)
      return standing
    },
    lookOn(queueId, onReady) {
      const some = onlookers.get(queueId)
      if (some) some.add(onReady)
      else {
        onlookers.set(queueId, new Set([onReady]))
        onFirst(queueId)
      }
      return () => {
        const left = onlookers.get(queueId)
        if (left?.delete(onReady) && left.size === 0) onlookers.delete(queueId)
      }
    },
    wake(queueId, count) {
      for (const onReady of onlookers.get(queueId) ?? []) onReady()
      let left = count
      for (const sleeper of byQueue.get(queueId) ?? []) {
        if (left <= 0) break
        if (sleeper.wake) {
          left -= sleeper.takes
          sleeper.wake(true)
        } else sleeper.hasMissed = true
      }
    },
    queueIds: () => [...new Set([...byQueue.keys(), ...onlookers.keys()])],
    has: (queueId) => byQueue.has(queueId),
    end() {
      ended = true
      for (const sleepers of byQueue.values()) for (const sleeper of sleepers) sleeper.wake?.(false)
    },
  }
}

/** There may be tens of thousands of them, hence methods and no closures. */
class StandingWatch implements Watch, Sleeper {
  wake: Sleeper['wake'] = undefined
  hasMissed = false
  takes = 1
  readonly onReady: () => void
  readonly #byQueue: Map<number, Set<Sleeper>>
  readonly #queueId: number

  constructor(byQueue: Map<number, Set<Sleeper>>, queueId: number, onReady: () => void) {
    this.#byQueue = byQueue
    this.#queueId = queueId
    this.onReady = onReady
  }

  /** Goes to the end of those who wait: whoever was woken last has waited the shortest. */
  arm(count: number): void {
    this.takes = count
    this.wake = wakeStanding
    const sleepers = this.#byQueue.get(this.#queueId)
    if (sleepers && sleepers.size > 1 && sleepers.delete(this)) sleepers.add(this)
  }

  disarm(): void {
    this.wake = undefined
  }

  isArmed(): boolean {
    return this.wake !== undefined
  }

  missed(): boolean {
    const missed = this.hasMissed
    this.hasMissed = false
    return missed
  }

  leave(): void {
    this.wake = undefined
    const sleepers = this.#byQueue.get(this.#queueId)
    if (sleepers?.delete(this) && sleepers.size === 0) this.#byQueue.delete(this.#queueId)
  }
}

function wakeStanding(this: Sleeper, woken: boolean): void {
  this.wake = undefined
  if (woken) (this as StandingWatch).onReady()
}
