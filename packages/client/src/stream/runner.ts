import type { Held } from './held.ts'
import type { StreamMessage } from './stream-message.ts'
import type { Handler } from './stream.ts'

export type RunnerSettings = {
  handler: Handler
  /** How many may be worked on at once. */
  concurrency: number
  /** Seconds before others get a message that the handler threw over. */
  releaseDelay(message: StreamMessage, error: unknown): number
  report(error: unknown, message: StreamMessage): void
}

/** Works off messages, some at a time: deletes what the handler returns from, releases what it throws over. */
export type Runner = {
  take(messages: Held[]): void
  /** Those that are not worked on yet; they are the caller's again. */
  withdraw(): Held[]
  /** Resolves when nothing is worked on, and whatever was to be said about it is said. */
  idle(): Promise<void>
}

export function openRunner(settings: RunnerSettings): Runner {
  const { handler, concurrency, report } = settings
  let waiting: Held[] = []
  let running = 0
  let resting: (() => void)[] = []

  function pump() {
    while (running < concurrency && waiting.length > 0) {
      const next = waiting.shift()!
      if (!next.isOver()) void run(next)
    }
    if (running > 0) return
    for (const rest of resting) rest()
    resting = []
  }

  async function run(held: Held) {
    const { message } = held
    running++
    try {
      await work(held)
    } catch (error) {
      report(error, message)
    }
    running--
    pump()
  }

  async function work(held: Held) {
    const { message } = held
    try {
      await handler(message)
    } catch (error) {
      report(error, message)
      // A reservation that is lost needs nobody to give it back.
      if (!held.isOver() && !message.signal.aborted) await message.release({ delay: delayOf(message, error) })
      return
    }
    if (!held.isOver()) await message.delete()
    else if (message.signal.aborted) report(message.signal.reason, message) // it is done, and yet comes again
  }

  function delayOf(message: StreamMessage, error: unknown): number {
    try {
      return settings.releaseDelay(message, error)
    } catch (mistake) {
      report(mistake, message)
      return growingDelay(message)
    }
  }

  return {
    take(messages) {
      waiting.push(...messages)
      pump()
    },
    withdraw() {
      const all = waiting
      waiting = []
      return all
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => resting.push(resolve))),
  }
}

const LONGEST_DELAY_SECONDS = 60

/** At once after the first time, then 1, 3, 7, … seconds: what fails each time must not keep everybody busy. */
export const growingDelay = ({ reservedCount }: StreamMessage): number =>
  Math.min(LONGEST_DELAY_SECONDS, 2 ** (reservedCount - 1) - 1)
