/** Answers that are kept in memory for a while and asked for again before they grow old. */
export type Remembered<T> = {
  /** The answer for this key, never older than `staleMilliseconds`; undefined when there is none. */
  get(key: string): T | undefined | Promise<T | undefined>
  /** Drops everything, also what is being asked for right now. */
  forget(): void
}

export type RememberedOptions<T> = {
  /** Asks for many keys at once; keys that are left out of the answer have none. */
  load(keys: string[]): Promise<Map<string, T>>
  /** Up to this age an answer is given as it is. */
  freshMilliseconds: number
  /** Up to this age it is given while a newer one is being asked for; older ones are waited for. */
  staleMilliseconds: number
  /** Up to this age it is taken for granted that a key has no answer. */
  unknownMilliseconds: number
  /** Answers kept at most; whatever was not used for the longest time goes first. */
  max: { known: number; unknown: number }
  /** Milliseconds that never jump. */
  now?: () => number
}

type Entry<T> = { value: T | undefined; at: number }
type Load<T> = Promise<T | undefined>

/** Keys in one load; bounds what one statement may carry. */
const LOAD_MAX = 1000

/**
 * At most one load runs at a time, for any number of keys and callers: the keys that come up meanwhile go together into
 * the next one. So somebody who tries many tokens costs the database one statement at a time, and no more.
 */
export function remember<T>(options: RememberedOptions<T>): Remembered<T> {
  const { load, freshMilliseconds, staleMilliseconds, unknownMilliseconds, max } = options
  const now = options.now ?? (() => performance.now())
  // Two maps, so that many unknown keys cannot push out the known ones.
  const known = new Map<string, Entry<T>>()
  const unknown = new Map<string, Entry<T>>()
  const wanted = new Map<
    string,
    { promise: Load<T>; resolve(value: T | undefined): void; reject(fault: unknown): void }
  >()
  const underWay = new Map<string, Load<T>>()
  let loading = false
  let generation = 0

  function get(key: string): T | undefined | Load<T> {
    const entry = known.get(key)
    if (entry) {
      const age = now() - entry.at
      if (age < freshMilliseconds) return entry.value
      const newer = ask(key)
      if (age >= staleMilliseconds) return newer
      // The caller has an answer; if this one fails, whoever comes when the old one is stale is told.
      newer.catch(() => {})
      return entry.value
    }
    const none = unknown.get(key)
    if (none && now() - none.at < unknownMilliseconds) return undefined
    return ask(key)
  }

  function ask(key: string): Load<T> {
    const before = underWay.get(key) ?? wanted.get(key)?.promise
    if (before) return before
    const { promise, resolve, reject } = withResolvers<T | undefined>()
    wanted.set(key, { promise, resolve, reject })
    if (!loading) void loadWanted()
    return promise
  }

  async function loadWanted() {
    loading = true
    while (wanted.size > 0) {
      const batch = [...wanted].slice(0, LOAD_MAX)
      for (const [key, { promise }] of batch) {
        wanted.delete(key)
        underWay.set(key, promise)
      }
      // An answer is as old as the question: what changes while it is under way may or may not be in it.
      const at = now()
      const began = generation
      try {
        const values = await load(batch.map(([key]) => key))
        for (const [key, { resolve }] of batch) {
          const value = values.get(key)
          if (began === generation) keep(key, { value, at })
          resolve(value)
        }
      } catch (fault) {
        for (const [, { reject }] of batch) reject(fault)
      }
      underWay.clear()
    }
    loading = false
  }

  function keep(key: string, entry: Entry<T>) {
    known.delete(key)
    unknown.delete(key)
    const [map, size] = entry.value === undefined ? [unknown, max.unknown] : [known, max.known]
    map.set(key, entry)
    // Every key in use is loaded again and again, which puts it last: the first one is the longest unused.
    if (map.size > size) map.delete(map.keys().next().value!)
  }

  return {
    get,
    forget() {
      generation++
      known.clear()
      unknown.clear()
      underWay.clear()
    },
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void
  let reject!: (fault: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
