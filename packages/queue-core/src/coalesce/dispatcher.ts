import { isRolledBack } from '../db/faults.ts'

/** One sort of statement that can carry the work of many callers at once. */
export type Kind<Item, Answer> = {
  /** Shown in the metrics. */
  name: string
  /** Statements of this kind under way for one queue. */
  atOnce: number
  /** Rows and bytes that one statement may carry; one item alone may be larger. */
  maxRows: number
  maxBytes: number
  weigh(item: Item): { rows: number; bytes: number }
  /** Two items with the same key never share a statement, so that each can be answered by its own outcome. */
  keyOf?(item: Item): string | number
  /** Runs one statement in a transaction of its own; answers in the order of the items. */
  run(queueId: number, items: Item[]): Promise<Answer[]>
}

type Waiting<Item, Answer> = { item: Item; resolve(answer: Answer): void; reject(fault: unknown): void }

/** The work of one kind on one queue. */
type Lane = {
  kind: Kind<unknown, unknown>
  queueId: number
  project: string
  waiting: Waiting<unknown, unknown>[]
  underWay: number
}

export type Dispatcher = {
  /** Resolves after the commit of the statement that carried the item. */
  submit<Item, Answer>(kind: Kind<Item, Answer>, project: string, queueId: number, item: Item): Promise<Answer>
  /** Resolves when nothing is waiting or under way. */
  idle(): Promise<void>
}

export type DispatcherOptions = {
  /** Statements under way over all queues and kinds. */
  atOnce: number
  /** Only for the benchmark: false sends each item in a statement of its own. */
  coalesce?: boolean
  onBatch?: (kind: string, items: number, seconds: number) => void
}

/**
 * Coalescing: while a statement of a kind is under way for a queue, the callers that arrive are gathered, and all of
 * them go into the next one. No timer: a lone caller waits for nobody. Free places go round the projects first and
 * round a project's queues second, so that nobody fills the machine by asking for much.
 */
export function createDispatcher({ atOnce, coalesce = true, onBatch }: DispatcherOptions): Dispatcher {
  const lanes = new Map<Kind<never, never>, Map<number, Lane>>()
  /** Per project, the lanes that could start a statement now; both in the order of their turns. */
  const turns = new Map<string, Set<Lane>>()
  let underWay = 0
  let scheduled = false
  let idleWaiters: (() => void)[] = []

  function submit<Item, Answer>(kind: Kind<Item, Answer>, project: string, queueId: number, item: Item) {
    return new Promise<Answer>((resolve, reject) => {
      const lane = laneOf(kind as unknown as Kind<unknown, unknown>, project, queueId)
      lane.waiting.push({ item, resolve, reject } as Waiting<unknown, unknown>)
      offer(lane)
      schedule()
    })
  }

  function laneOf(kind: Kind<unknown, unknown>, project: string, queueId: number): Lane {
    let ofKind = lanes.get(kind as Kind<never, never>)
    if (!ofKind) lanes.set(kind as Kind<never, never>, (ofKind = new Map()))
    let lane = ofKind.get(queueId)
    if (!lane) ofKind.set(queueId, (lane = { kind, queueId, project, waiting: [], underWay: 0 }))
    return lane
  }

  function offer(lane: Lane) {
    if (lane.waiting.length === 0 || lane.underWay >= (coalesce ? lane.kind.atOnce : atOnce)) return
    const ofProject = turns.get(lane.project)
    if (ofProject) ofProject.add(lane)
    else turns.set(lane.project, new Set([lane]))
  }

  /** Statements start after the current turn of the event loop, so that whoever arrived in it shares the first one. */
  function schedule() {
    if (scheduled || underWay >= atOnce || turns.size === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (underWay < atOnce) {
        const lane = nextTurn()
        if (!lane) break
        void start(lane)
      }
    })
  }

  function nextTurn(): Lane | undefined {
    for (const [project, ofProject] of turns) {
      turns.delete(project)
      for (const lane of ofProject) {
        ofProject.delete(lane)
        if (ofProject.size > 0) turns.set(project, ofProject)
        return lane
      }
    }
    return undefined
  }

  async function start(lane: Lane) {
    const batch = takeBatch(lane, coalesce)
    lane.underWay++
    underWay++
    offer(lane)
    const began = performance.now()
    await runBatch(lane, batch)
    onBatch?.(lane.kind.name, batch.length, (performance.now() - began) / 1000)
    lane.underWay--
    underWay--
    if (lane.waiting.length > 0) offer(lane)
    else if (lane.underWay === 0) lanes.get(lane.kind as Kind<never, never>)?.delete(lane.queueId)
    schedule()
    if (underWay === 0 && turns.size === 0) {
      for (const wake of idleWaiters) wake()
      idleWaiters = []
    }
  }

  return {
    submit,
    idle: () => (underWay === 0 && turns.size === 0 ? Promise.resolve() : new Promise((r) => idleWaiters.push(r))),
  }
}

function takeBatch(lane: Lane, coalesce: boolean): Waiting<unknown, unknown>[] {
  const { kind, waiting } = lane
  const batch: Waiting<unknown, unknown>[] = []
  const left: Waiting<unknown, unknown>[] = []
  const keys = new Set<string | number>()
  let rows = 0
  let bytes = 0
  let at = 0
  for (; at < waiting.length; at++) {
    const one = waiting[at]!
    const weight = kind.weigh(one.item)
    const full = rows + weight.rows > kind.maxRows || bytes + weight.bytes > kind.maxBytes
    if (batch.length > 0 && (full || !coalesce)) break
    const key = kind.keyOf?.(one.item)
    if (key !== undefined && keys.has(key)) {
      left.push(one)
      continue
    }
    if (key !== undefined) keys.add(key)
    batch.push(one)
    rows += weight.rows
    bytes += weight.bytes
  }
  lane.waiting = left.length > 0 || at < waiting.length ? [...left, ...waiting.slice(at)] : []
  return batch
}

/** A batch that failed and surely stored nothing is run again one by one, so that each caller gets its own outcome. */
async function runBatch({ kind, queueId }: Lane, batch: Waiting<unknown, unknown>[]): Promise<void> {
  try {
    const answers = await kind.run(
      queueId,
      batch.map(({ item }) => item),
    )
    for (const [i, one] of batch.entries()) one.resolve(answers[i])
  } catch (fault) {
    if (batch.length === 1 || !isRolledBack(fault)) {
      for (const one of batch) one.reject(fault)
      return
    }
    for (const one of batch) await runBatch({ kind, queueId } as Lane, [one])
  }
}
