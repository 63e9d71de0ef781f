import { setTimeout as delay } from 'node:timers/promises'
import { countTogether } from './bytes.ts'
import { type Attempt, type ClaimedDelivery, type Pushing, Unavailable } from '@weldmq/queue-core'

/** An attempt that was made. */
export type Made = { delivery: ClaimedDelivery; attempt: Attempt }

export type RecorderOptions = {
  record: Pushing['record']
  onFault: (fault: unknown, where: string) => void
  /** Told after each commit. */
  onRecorded?: (batch: Made[]) => void
  /** Told of attempts that nothing more is done about, written down or not. */
  onOver?: (batch: Made[]) => void
  /** Before the next try while the database is away. */
  pauseMilliseconds?: number
}

export type Recorder = {
  /** What came of an attempt is written down soon, together with whatever else came by then. */
  add(made: Made): void
  /** Attempts that are not written down yet. */
  waiting(): number
  /** Resolves once all are; gives up those that the database does not take now. Ask once. */
  stop(): Promise<void>
}

/** Of one transaction, which holds locks as long as it takes. */
const MOST = 200
const PAUSE_MILLISECONDS = 500

/**
 * Writes attempts down in batches, one at a time. While the database is away they wait; a batch that it refuses is split,
 * so that what is wrong with one costs no other its record. That one's claim ends by itself, and it is delivered again.
 */
export function openRecorder({
  record,
  onFault,
  onRecorded,
  onOver,
  pauseMilliseconds = PAUSE_MILLISECONDS,
}: RecorderOptions): Recorder {
  const made: Made[] = []
  const stopping = new AbortController()
  let underWay = 0
  let writing: Promise<void> | undefined

  async function write(batch: Made[]): Promise<void> {
    try {
      await record(batch)
      onRecorded?.(batch)
    } catch (fault) {
      if (fault instanceof Unavailable && !stopping.signal.aborted) {
        await delay(pauseMilliseconds, undefined, { signal: stopping.signal }).catch(() => undefined)
        return write(batch)
      }
      if (fault instanceof Unavailable || batch.length === 1) return onFault(fault, 'recording deliveries')
      const half = batch.length / 2
      await write(batch.slice(0, half))
      await write(batch.slice(half))
    }
  }

  async function writeAll() {
    while (made.length > 0) {
      const bodies = made.slice(0, MOST).map(({ delivery }) => delivery.body)
      const batch = made.splice(0, countTogether(bodies))
      underWay = batch.length
      await write(batch)
      underWay = 0
      onOver?.(batch)
    }
    writing = undefined
  }

  return {
    add(one) {
      made.push(one)
      // Whatever else comes in this turn of the event loop goes along.
      writing ??= new Promise<void>((next) => setImmediate(next)).then(writeAll)
    },
    waiting: () => made.length + underWay,
    async stop() {
      stopping.abort()
      await writing
    },
  }
}
