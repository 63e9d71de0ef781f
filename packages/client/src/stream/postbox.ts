import { type BackOff, fullJitter } from '../back-off.ts'
import { WeldmqError } from '../weldmq-error.ts'
import type { Question, WirePost } from './frames.ts'
import type { Link } from './link.ts'
import { accepted } from './stream-error.ts'

export type Postbox = {
  post(queue: string, messages: WirePost[], key: string | undefined, signal?: AbortSignal): Promise<string[]>
  attach(link: Link): void
  detach(): void
  /** Nothing can be sent any more. */
  close(why: WeldmqError): void
  /** Resolves when nothing waits for an answer. */
  empty(): Promise<void>
}

/** Beyond it a post is refused: whoever posts faster than the server stores has to wait for answers. */
const MOST_WAITING = 10_000
const backOff: BackOff = { baseMilliseconds: 100, capMilliseconds: 5000 }
const REPETITIONS = 6

type Post = {
  question: Question
  /** In the order of posting. */
  number: number
  isKeyed: boolean
  failures: number
  resolve(ids: string[]): void
  reject(error: unknown): void
}

/**
 * Sends posts as far as the server's window goes, in order, and over the next connection what no connection answered:
 * what was sent without a key is not among them, since it may have been stored.
 */
export function openPostbox(): Postbox {
  const open = new Set<Post>()
  let waiting: Post[] = []
  let link: Link | undefined
  let later: ReturnType<typeof setTimeout> | undefined
  let inFlight = 0
  let posted = 0
  let closed: WeldmqError | undefined
  let emptied: (() => void)[] = []

  function pump() {
    while (link && inFlight < link.limits.posts_in_flight && waiting.length > 0) {
      const busy = link.busy()
      if (busy > 0) {
        later ??= setTimeout(pumpLater, busy)
        break
      }
      const next = waiting.shift()!
      if (open.has(next)) void send(next, link)
    }
  }

  function pumpLater() {
    later = undefined
    pump()
  }

  async function send(post: Post, over: Link) {
    inFlight++
    try {
      const answer = accepted(await over.ask(post.question))
      settle(post, () => post.resolve((answer as { ids: string[] }).ids))
    } catch (error) {
      failed(post, error)
    }
    if (over === link) inFlight--
    pump()
  }

  function failed(post: Post, error: unknown) {
    const known = error instanceof WeldmqError ? error : undefined
    const mayRepeat = known?.temporary === true && (known.nothingDone || post.isKeyed)
    // A connection that broke is no failure of the post.
    if (known?.code !== 'lost') post.failures++
    if (!mayRepeat || closed || post.failures > REPETITIONS) return settle(post, () => post.reject(closed ?? error))
    if (known.code === 'lost') {
      waiting.push(post)
      waiting.sort((a, b) => a.number - b.number)
      return
    }
    const asked = (known.retryAfterSeconds ?? 0) * 1000
    setTimeout(
      () => {
        waiting.push(post)
        pump()
      },
      asked + fullJitter(post.failures, backOff),
    )
  }

  function settle(post: Post, how: () => void) {
    if (open.delete(post)) how()
    if (open.size > 0) return
    for (const tell of emptied) tell()
    emptied = []
  }

  return {
    post: (queue, messages, key, signal) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(closed)
        if (signal?.aborted) return reject(signal.reason)
        if (open.size >= MOST_WAITING) {
          const says = `${MOST_WAITING} posts wait to be sent`
          return reject(new WeldmqError(says, { code: 'window_full', temporary: true, nothingDone: true }))
        }
        const question = { type: 'post', queue, messages, ...(key !== undefined && { key }) } as const
        const abort = () => {
          waiting = waiting.filter((one) => one !== post)
          settle(post, () => reject(signal!.reason))
        }
        const unlisten = () => signal?.removeEventListener('abort', abort)
        const post: Post = {
          question,
          number: ++posted,
          isKeyed: key !== undefined,
          failures: 0,
          resolve: (ids) => (unlisten(), resolve(ids)),
          reject: (error) => (unlisten(), reject(error)),
        }
        signal?.addEventListener('abort', abort, { once: true })
        open.add(post)
        waiting.push(post)
        pump()
      }),
    attach(to) {
      link = to
      inFlight = 0
      pump()
    },
    detach() {
      link = undefined
    },
    close(why) {
      closed ??= why
      waiting = []
      for (const post of [...open]) settle(post, () => post.reject(closed))
    },
    empty: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => emptied.push(resolve))),
  }
}
