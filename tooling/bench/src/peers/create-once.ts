/** Callers open side by side; the first one of a queue creates it, and all wait for that. */
export function createOnce(create: (queue: string) => Promise<unknown>): (queue: string) => Promise<void> {
  const created = new Map<string, Promise<unknown>>()
  return async (queue) => {
    if (!created.has(queue)) created.set(queue, create(queue))
    await created.get(queue)
  }
}
