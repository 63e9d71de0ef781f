import type { Lost } from './stream.ts'

/** A reservation that a stream has. */
export type Hold = {
  queueId: number
  reservation: string
  /** On the clock of this process, and not before the moment on the database's. */
  endsAt: number
  /** Of the body. */
  bytes: number
  /** What it is to its subscription. */
  owner: Owner
  /** Calls of this stream under way that may end it: nobody else looks at it meanwhile. */
  acting: number
  /** Nobody holds it any more; it goes back when those calls have not ended it. */
  isLeft: boolean
}

export type Owner = {
  /** How long each of its reservations lasts. */
  readonly reservationSeconds: number
  /** A reservation ended. */
  giveBack(bytes: number): void
  lost(messageIds: number[], why: Lost): void
  /** To be called once after a row of endings: there may be credit again. */
  settled(): void
}

/** What one stream holds; an idle one has no map. */
export class Holds {
  #held: Map<number, Hold> | undefined
  /** No reservation ends before. */
  #nextEnd = Infinity
  readonly #onFirst: () => void
  readonly #onNone: () => void

  constructor(onFirst: () => void, onNone: () => void) {
    this.#onFirst = onFirst
    this.#onNone = onNone
  }

  get size(): number {
    return this.#held?.size ?? 0
  }

  get(messageId: number): Hold | undefined {
    return this.#held?.get(messageId)
  }

  /** The hold that this reservation is, if it is ours. */
  find(messageId: number, reservation: string): Hold | undefined {
    const hold = this.#held?.get(messageId)
    return hold?.reservation === reservation ? hold : undefined
  }

  /** Whatever was held of that message before is over, or nobody could have reserved it again. */
  set(messageId: number, hold: Hold): void {
    const before = this.#held?.get(messageId)
    if (before?.acting === 0) this.lose([[messageId, before]], 'lapsed')
    else if (before) this.end(messageId, before)
    if (!this.#held) {
      this.#held = new Map()
      this.#onFirst()
    }
    this.#held.set(messageId, hold)
    if (hold.endsAt < this.#nextEnd) this.#nextEnd = hold.endsAt
  }

  /** It ends at another moment now. */
  touched(hold: Hold): void {
    if (hold.endsAt < this.#nextEnd) this.#nextEnd = hold.endsAt
  }

  /** Forgets it; its credit is back. */
  end(messageId: number, hold: Hold): void {
    if (this.#held?.get(messageId) !== hold) return
    this.#held.delete(messageId)
    if (this.#held.size === 0) {
      this.#held = undefined
      this.#nextEnd = Infinity
      this.#onNone()
    }
    hold.owner.giveBack(hold.bytes)
  }

  /** Forgets them without telling anybody; those that are to be given back, what is being said about the others holds. */
  takeAll(owner?: Owner): [number, Hold][] {
    const taken = [...(this.#held ?? [])].filter(([, hold]) => owner === undefined || hold.owner === owner)
    for (const [messageId, hold] of taken) {
      hold.isLeft = true
      this.end(messageId, hold)
    }
    return taken.filter(([, hold]) => hold.acting === 0)
  }

  entries(): Iterable<[number, Hold]> {
    return this.#held ?? []
  }

  /** Those whose time is over by now. */
  lapsed(now: number): [number, Hold][] {
    if (now < this.#nextEnd) return []
    const over: [number, Hold][] = []
    this.#nextEnd = Infinity
    for (const one of this.entries()) {
      const [, hold] = one
      if (hold.endsAt <= now && hold.acting === 0) over.push(one)
      else if (hold.endsAt < this.#nextEnd) this.#nextEnd = hold.endsAt
    }
    return over
  }

  /** These ended by something else: their credit is back, and their subscriptions are told. */
  lose(lost: [messageId: number, hold: Hold][], why: Lost): void {
    const byOwner = new Map<Owner, number[]>()
    for (const [messageId, hold] of lost) {
      if (this.get(messageId) !== hold) continue
      this.end(messageId, hold)
      const ids = byOwner.get(hold.owner)
      if (ids) ids.push(messageId)
      else byOwner.set(hold.owner, [messageId])
    }
    for (const [owner, ids] of byOwner) owner.lost(ids, why)
    for (const owner of byOwner.keys()) owner.settled()
  }
}
