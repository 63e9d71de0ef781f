export type Pacer = {
  /** One more frame goes out. */
  count(): void
  /** Milliseconds until another one should; 0 for now. */
  wait(): number
}

/** Frames in any one second stay below the 5000 after which servers close a connection, acks and posts together. */
const pace = { perSecond: 4000, atOnce: 500 }

/** Lets so many frames go at once, and then so many in a second. */
export function openPacer({ perSecond, atOnce } = pace, now: () => number = () => performance.now()): Pacer {
  let left = atOnce
  let at = now()

  function refill() {
    const moment = now()
    left = Math.min(atOnce, left + ((moment - at) * perSecond) / 1000)
    at = moment
  }

  return {
    count() {
      refill()
      left--
    },
    wait() {
      refill()
      return left >= 1 ? 0 : Math.ceil(((1 - left) * 1000) / perSecond)
    },
  }
}
