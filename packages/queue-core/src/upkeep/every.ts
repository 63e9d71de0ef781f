export type Task = { stop(): Promise<void> }

/** Runs work again and again with a pause in between, never twice at a time; a fault is told and the next round comes. */
export function every(
  milliseconds: number,
  name: string,
  work: () => Promise<unknown>,
  onFault: (fault: unknown, where: string) => void,
): Task {
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let timer = setTimeout(round, milliseconds)
  timer.unref()

  function round() {
    running = work()
      .catch((fault: unknown) => {
        if (!stopped) onFault(fault, name)
      })
      .then(() => {
        if (stopped) return
        timer = setTimeout(round, milliseconds)
        timer.unref()
      })
  }

  return {
    stop() {
      stopped = true
      clearTimeout(timer)
      return running
    },
  }
}
