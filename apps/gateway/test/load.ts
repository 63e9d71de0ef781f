import type { sender } from './gateway.ts'

type Send = ReturnType<typeof sender>

/**
 * Producers and consumers on one queue, and the history of what they were told. A request that ends without a clear
 * answer is neither acknowledged nor refused: its outcome is not known.
 */
export function startLoad(target: () => Send, queue: string, { producers = 4, consumers = 4 } = {}) {
  /** Bodies sent, whatever came of it. */
  const sent = new Set<string>()
  const posted = new Set<string>()
  const delivered = new Set<string>()
  /** By body, the step of this history at which its delete was acknowledged. */
  const deleted = new Map<string, number>()
  let step = 0
  /** What must never happen, in words. */
  const wrong: string[] = []
  let producing = true
  let consuming = true
  let waiters: { enough(): boolean; resolve(): void }[] = []

  async function produce(name: number) {
    for (let i = 0; producing; i++) {
      const body = `${name}-${i}`
      sent.add(body)
      const answer = await attempt(() => target()('POST', `${queue}/messages`, { messages: [{ body }] }))
      if (answer?.status === 201) posted.add(body)
      look()
    }
  }

  async function consume() {
    while (consuming) {
      const began = ++step
      const answer = await attempt(() => target()('POST', `${queue}/reservations`, { n: 5, timeout: 2, wait: 1 }))
      for (const { id, body, reservation_id } of answer?.status === 200 ? answer.json.messages : []) {
        if (!sent.has(body)) wrong.push(`${body} was never posted`)
        // Deleted before this was even asked for. What another consumer deletes meanwhile proves nothing: this
        // reservation may have lapsed while the answer was on its way, or while the messages before it were deleted.
        if ((deleted.get(body) ?? Infinity) < began) wrong.push(`${body} came back after its delete was acknowledged`)
        delivered.add(body)
        const gone = await attempt(() => target()('DELETE', `${queue}/messages/${id}`, { reservation_id }))
        if (gone?.status === 200) deleted.set(body, ++step)
      }
      look()
    }
  }

  function look() {
    for (const waiter of waiters) if (waiter.enough()) waiter.resolve()
    waiters = waiters.filter((waiter) => !waiter.enough())
  }

  const producing_ = Promise.all(Array.from({ length: producers }, (_, i) => produce(i)))
  const consuming_ = Promise.all(Array.from({ length: consumers }, consume))
  return {
    posted,
    delivered,
    deleted,
    wrong,
    /** Resolves once this many more posts and deletes were acknowledged. */
    more(posts: number, deletes: number): Promise<void> {
      const [p, d] = [posted.size + posts, deleted.size + deletes]
      return new Promise((resolve) => waiters.push({ enough: () => posted.size >= p && deleted.size >= d, resolve }))
    },
    /** Ends the producers and lets the consumers go on until the queue is empty. */
    async drain(): Promise<void> {
      producing = false
      await producing_
      while ((await attempt(() => target()('GET', queue)))?.json.queue?.size !== 0) await pause(50)
      consuming = false
      await consuming_
    },
  }
}

/** A connection that is refused or broken tells nothing; the next try may come a moment later. */
async function attempt<T extends { status: number }>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    const answer = await request()
    if (answer.status >= 500) await pause(20)
    return answer
  } catch {
    await pause(20)
    return undefined
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
