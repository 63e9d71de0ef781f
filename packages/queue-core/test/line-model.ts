/** What the line ought to be, kept in memory: the oracle that the real one is compared with. */
export type ModelMessage = {
  id: number
  body: string
  priority: number
  count: number
  /** `locked`: ready, `returning`: reserved, and in the hands of a transaction that has not ended. */
  state: 'ready' | 'delayed' | 'reserved' | 'locked' | 'returning'
  reservation?: string
  /** Whoever knows the message may act for its reservation; it goes to the end when that lapses or is released by id. */
  open?: boolean
  /** Its place where it is no longer that of its id. */
  position?: number
  /** Too old, but somebody holds it. */
  expired?: boolean
}

const placeOf = ({ position, id }: ModelMessage) => position ?? id
const byOrder = (a: ModelMessage, b: ModelMessage) => a.priority - b.priority || placeOf(a) - placeOf(b)

export function aModel(maxReservations: number) {
  let messages: ModelMessage[] = []
  const dead: ModelMessage[] = []
  let total = 0
  /** The newest id given out, and how many went behind it since. */
  let newest = 0
  let behind = 0

  const inState = (...states: ModelMessage['state'][]) =>
    messages.filter((one) => states.includes(one.state)).toSorted(byOrder)

  function remove(one: ModelMessage) {
    messages = messages.filter((other) => other !== one)
  }

  /** Nobody holds it any more. */
  function giveBack(one: ModelMessage, state: 'ready' | 'delayed') {
    if (one.expired) remove(one)
    else {
      one.state = state
      delete one.reservation
      delete one.open
    }
  }

  return {
    inState,
    remove,
    giveBack,
    /** Nobody holds it any more, and it stands behind all others that have its priority. */
    sendToEnd(one: ModelMessage, state: 'ready' | 'delayed') {
      one.position = newest + ++behind / 1e6
      giveBack(one, state)
    },
    /** Ids are given out before anybody sees their messages. */
    gaveOut(ids: number[]) {
      newest = Math.max(newest, ...ids)
    },
    dead: () => dead.toSorted(byOrder),
    all: () => messages,
    counts: () => ({ size: messages.length, totalMessages: total }),
    post(posted: Omit<ModelMessage, 'count'>[]) {
      total += posted.length
      for (const one of posted) messages.push({ ...one, count: 0 })
    },
    /** The messages that a reserve of so many must hand out, in this order; what is worn out is moved on the way. */
    reserve(count: number, open: boolean): ModelMessage[] {
      const taken: ModelMessage[] = []
      for (const one of inState('ready')) {
        if (taken.length === count) break
        if (one.count >= maxReservations) {
          remove(one)
          dead.push(one)
          continue
        }
        one.count++
        one.state = 'reserved'
        one.open = open
        taken.push(one)
      }
      return taken
    },
    /** The messages that a reserve takes hold of without ending; nothing is moved. */
    lock(count: number): ModelMessage[] {
      const taken = inState('ready').slice(0, count)
      for (const one of taken) one.state = 'locked'
      return taken
    },
    isWornOut: (one: ModelMessage) => one.count >= maxReservations,
    clear() {
      messages = []
    },
  }
}
