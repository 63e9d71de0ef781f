import type { Held } from './held.ts'
import type { StreamMessage } from './stream-message.ts'

/** Messages waiting for whoever asks for the next one. */
export type Shelf = {
  put(messages: Held[]): void
  withdraw(): Held[]
  next(): Promise<IteratorResult<StreamMessage, undefined>>
  /** Whoever waits, and whoever asks later, gets nothing more, or once this error. */
  end(error?: unknown): void
}

type Waiting = { resolve(result: IteratorResult<StreamMessage, undefined>): void; reject(error: unknown): void }

const nothing = { done: true, value: undefined } as const

export function openShelf(): Shelf {
  let shelved: Held[] = []
  let waiting: Waiting[] = []
  let end: { error: unknown } | undefined

  function nextShelved(): Held | undefined {
    for (let held = shelved.shift(); held; held = shelved.shift()) if (!held.isOver()) return held
    return undefined
  }

  function ended(): Promise<IteratorResult<StreamMessage, undefined>> {
    const { error } = end!
    end = { error: undefined }
    return error === undefined ? Promise.resolve(nothing) : Promise.reject(error)
  }

  return {
    put(messages) {
      shelved.push(...messages)
      while (waiting.length > 0) {
        const held = nextShelved()
        if (held === undefined) return
        waiting.shift()!.resolve({ done: false, value: held.message })
      }
    },
    withdraw() {
      const all = shelved
      shelved = []
      return all
    },
    next() {
      const held = nextShelved()
      if (held) return Promise.resolve({ done: false, value: held.message })
      if (end) return ended()
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    end(error) {
      if (end) return
      end = { error }
      for (const { resolve, reject } of waiting) ended().then(resolve, reject)
      waiting = []
    },
  }
}
