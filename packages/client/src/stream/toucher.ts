import type { Held } from './held.ts'

/** Those due this soon are touched along, so that they share a frame: a tenth of what was to come is no loss. */
const ALONG = 0.1
/** Nothing is looked at more often. */
const LEAST_MILLISECONDS = 50

/** Which of them to touch now, and when to look again; Infinity when none will have to be. */
export function dueForTouch(
  held: Iterable<Held>,
  now: number,
  timeoutSeconds: number,
): { due: Held[]; nextAt: number } {
  const until = now + timeoutSeconds * 1000 * ALONG
  const due: Held[] = []
  let nextAt = Infinity
  for (const one of held) {
    const at = one.touchDueAt()
    if (at <= until) due.push(one)
    else nextAt = Math.min(nextAt, at)
  }
  return { due, nextAt }
}

export type Toucher = {
  /** To be called when there is more to look at. */
  wake(): void
  /** To be called when something may be due earlier than it was. */
  lookAgain(): void
  stop(): void
}

/** Touches what a subscription holds when half of its time is over, for as long as it is held. */
export function openToucher(held: () => Iterable<Held>, timeoutSeconds: () => number): Toucher {
  let timer: ReturnType<typeof setTimeout> | undefined

  function look() {
    timer = undefined
    const now = performance.now()
    const { due, nextAt } = dueForTouch(held(), now, timeoutSeconds())
    for (const one of due) one.touch().catch(() => {}) // whoever has it learns by its signal that it is lost
    const again = due.length > 0 ? Math.min(nextAt, now + timeoutSeconds() * 500) : nextAt
    if (again !== Infinity) timer = setTimeout(look, Math.max(LEAST_MILLISECONDS, again - now))
  }

  return {
    wake() {
      timer ??= setTimeout(look, LEAST_MILLISECONDS)
    },
    lookAgain() {
      if (timer === undefined) return
      clearTimeout(timer)
      timer = setTimeout(look, LEAST_MILLISECONDS)
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
