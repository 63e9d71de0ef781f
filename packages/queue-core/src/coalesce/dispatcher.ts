import { isRolledBack } from '../db/faults.ts'

/** The items of one queue in a statement. */
export type Share<Item> = { queueId: number; items: Item[] }

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
  /** The same for several queues, each of which comes once; left out where callers of different queues cannot share. */
  runTogether?(shares: Share<Item>[]): Promise<Answer[][]>
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
 * them go into the next one; what it has room for is filled with callers of other queues. No timer: a lone caller waits
 * for nobody. Free places go round the kinds, and the room in a statement goes round the projects first and round a
 * project's queues second, so that nobody fills the machine by asking for much.
 */
export function createDispatcher({ atOnce, coalesce = true, onBatch }: DispatcherOptions): Dispatcher {
  const lanes = new Map<Kind<never, never>, Map<number, Lane>>()
  /** Per kind and project, the lanes that could join a statement now; all in the order of their turns. */
  const turns = new Map<Lane['kind'], Map<string, Set<Lane>>>()
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
    let ofKind = turns.get(lane.kind)
    if (!ofKind) turns.set(lane.kind, (ofKind = new Map()))
    const ofProject = ofKind.get(lane.project)
    if (ofProject) ofProject.add(lane)
    else ofKind.set(lane.project, new Set([lane]))
  }

  /** Statements start after the current turn of the event loop, so that whoever arrived in it shares the first one. */
  function schedule() {
    if (scheduled || underWay >= atOnce || turns.size === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (underWay < atOnce) {
        const [kind] = turns.keys()
        if (!kind) break
        void start(kind)
      }
    })
  }

  function nextTurn(kind: Lane['kind']): Lane | undefined {
    const ofKind = turns.get(kind)
    if (!ofKind) return undefined
    for (const [project, ofProject] of ofKind) {
      ofKind.delete(project)
      for (const lane of ofProject) {
        ofProject.delete(lane)
        if (ofProject.size > 0) ofKind.set(project, ofProject)
        else if (ofKind.size === 0) turns.delete(kind)
        return lane
      }
    }
    return undefined
  }

  /** Whose turn it is, and whoever else fits. */
  function fill(kind: Lane['kind']): Part[] {
    const load: Load = { rows: 0, bytes: 0, items: 0, keys: new Set() }
    const parts: Part[] = []
    const tried: Lane[] = []
    let tooMuch: Lane | undefined
    for (let lane = nextTurn(kind); lane; lane = nextTurn(kind)) {
      const waiting = takeInto(load, lane, coalesce)
      if (waiting.length === 0 && load.full) {
        tooMuch = lane
        break
      }
      tried.push(lane)
      if (waiting.length > 0) {
        lane.underWay++
        parts.push({ lane, waiting })
      }
      if (!kind.runTogether || !coalesce || load.full) break
    }
    for (const lane of tried) offer(lane)
    if (tooMuch) offerFirst(tooMuch)
    return parts
  }

  /** Who did not fit does not lose its turn: nobody else would ever let in what is large. */
  function offerFirst(lane: Lane) {
    const others = [...(turns.get(lane.kind) ?? [])].filter(([project]) => project !== lane.project)
    const own = turns.get(lane.kind)?.get(lane.project) ?? []
    turns.set(lane.kind, new Map([[lane.project, new Set([lane, ...own])], ...others]))
  }

  async function start(kind: Lane['kind']) {
    underWay++
    const parts = fill(kind)
    const ofKind = turns.get(kind)
    if (ofKind && turns.delete(kind)) turns.set(kind, ofKind)
    const began = performance.now()
    await runBatch(kind, parts)
    let items = 0
    for (const { waiting } of parts) items += waiting.length
    onBatch?.(kind.name, items, (performance.now() - began) / 1000)
    underWay--
    for (const { lane } of parts) {
      lane.underWay--
      if (lane.waiting.length > 0) offer(lane)
      else if (lane.underWay === 0) lanes.get(kind as Kind<never, never>)?.delete(lane.queueId)
    }
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

/** What a statement carries so far. */
type Load = { rows: number; bytes: number; items: number; keys: Set<string | number>; full?: boolean }

/** What a statement carries of one lane. */
type Part = { lane: Lane; waiting: Waiting<unknown, unknown>[] }

function takeInto(load: Load, lane: Lane, coalesce: boolean): Waiting<unknown, unknown>[] {
  const { kind, waiting } = lane
  const taken: Waiting<unknown, unknown>[] = []
  const left: Waiting<unknown, unknown>[] = []
  let at = 0
  for (; at < waiting.length; at++) {
    const one = waiting[at]!
    const weight = kind.weigh(one.item)
    const full = load.rows + weight.rows > kind.maxRows || load.bytes + weight.bytes > kind.maxBytes
    if (load.items > 0 && (full || !coalesce)) {
      load.full = true
      break
    }
    const key = kind.keyOf?.(one.item)
    if (key !== undefined && load.keys.has(key)) {
      left.push(one)
      continue
    }
    if (key !== undefined) load.keys.add(key)
    taken.push(one)
    load.items++
    load.rows += weight.rows
    load.bytes += weight.bytes
  }
  if (load.rows >= kind.maxRows || load.bytes >= kind.maxBytes) load.full = true
  lane.waiting = left.length > 0 || at < waiting.length ? [...left, ...waiting.slice(at)] : []
  return taken
}

/** A batch that failed and surely stored nothing is run again one by one, so that each caller gets its own outcome. */
async function runBatch(kind: Lane['kind'], parts: Part[]): Promise<void> {
  const shares = parts.map(({ lane, waiting }) => ({ queueId: lane.queueId, items: waiting.map(({ item }) => item) }))
  try {
    const answers =
      shares.length === 1 ? [await kind.run(shares[0]!.queueId, shares[0]!.items)] : await kind.runTogether!(shares)
    for (const [i, { waiting }] of parts.entries()) {
      for (const [k, one] of waiting.entries()) one.resolve(answers[i]![k])
    }
  } catch (fault) {
    const alone = parts.length === 1 && parts[0]!.waiting.length === 1
    for (const { lane, waiting } of parts) {
      for (const one of waiting) {
        if (alone || !isRolledBack(fault)) one.reject(fault)
        else await runBatch(kind, [{ lane, waiting: [one] }])
      }
    }
  }
}
