import { type Core, type NewMessage, type Result, limits } from '@weldmq/queue-core'

type Post = {
  queue: string
  messages: NewMessage[]
  /** Stored once for all posts with this key. */
  key: string | undefined
}

type Waiting = Post & { resolve(result: Result<number[]>): void; reject(fault: unknown): void }

/** Of bodies; one post alone may have more. */
const TOGETHER_BYTES = 2_097_152

/**
 * The posts of one connection, stored in the order in which they were sent, for each queue by itself. What comes while
 * one is under way waits for it, and then goes together as one: so many small posts cost little.
 */
export class PostsInOrder {
  inFlight = 0
  /** By queue, those that wait for the one under way. */
  #underWay: Map<string, Waiting[]> | undefined
  readonly #core: Pick<Core, 'postMessages'>
  readonly #project: string

  constructor(core: Pick<Core, 'postMessages'>, project: string) {
    this.#core = core
    this.#project = project
  }

  async post(post: Post): Promise<Result<number[]>> {
    this.inFlight++
    try {
      return await new Promise<Result<number[]>>((resolve, reject) => {
        const one = { ...post, resolve, reject }
        this.#underWay ??= new Map()
        const waiting = this.#underWay.get(post.queue)
        if (waiting) waiting.push(one)
        else void this.#storeAll(one)
      })
    } finally {
      this.inFlight--
    }
  }

  async #storeAll(first: Waiting): Promise<void> {
    const waiting: Waiting[] = [first]
    this.#underWay!.set(first.queue, waiting)
    while (waiting.length > 0) await this.#store(takeTogether(waiting))
    this.#underWay!.delete(first.queue)
  }

  async #store(posts: Waiting[]): Promise<void> {
    const { queue, key } = posts[0]!
    const command = { project: this.#project, queue, messages: posts.flatMap(({ messages }) => messages) }
    try {
      const result = await this.#core.postMessages(key === undefined ? command : { ...command, idempotencyKey: key })
      let at = 0
      for (const { messages, resolve } of posts) {
        if (result.ok) resolve({ ok: true, value: result.value.slice(at, (at += messages.length)) })
        else if (posts.length === 1) resolve(result)
      }
      // One of them is to blame, or all: each is told by itself.
      if (!result.ok && posts.length > 1) for (const one of posts) await this.#store([one])
    } catch (fault) {
      for (const { reject } of posts) reject(fault)
    }
  }
}

/** From the front: one with a key alone, others as many as one post may have. */
function takeTogether(waiting: Waiting[]): Waiting[] {
  let [count, bytes] = [0, 0]
  const together = waiting.findIndex(({ key, messages }, i) => {
    count += messages.length
    for (const { body } of messages) bytes += body.length
    const isTooMuch = count > limits.messagesPerPost || bytes > TOGETHER_BYTES
    return i > 0 && (key !== undefined || waiting[0]!.key !== undefined || isTooMuch)
  })
  return waiting.splice(0, together === -1 ? waiting.length : together)
}
