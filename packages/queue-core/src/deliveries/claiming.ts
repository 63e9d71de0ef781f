import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import { newReservationId } from '../line/reservation-id.ts'
import { limits } from '../limits.ts'
import type { StoredPush, StoredSubscriber } from '../queues/push.ts'
import { type ClaimedRow, claimWaiting, lockRate, openOwed, spendRate, unclaim } from './claim.sql.ts'
import { deliveryId } from './delivery-id.ts'
import type { ClaimedDelivery, DueQueue, Receiver } from './delivery.ts'
import type { DeliveringRow } from './due.sql.ts'
import type { DueLane, Lanes } from './lanes.ts'
import type { StoredTried } from './tried.ts'

/** What the core needs of a claim, and the one who sends does not. */
export type Claim = ClaimedDelivery & {
  push: StoredPush
  tries: number
  tried: StoredTried[]
  candidates: number[]
  /** How long the receiver may take to acknowledge what it has accepted. */
  acceptSeconds: number
}

/** A claim that needs no attempt: it was accepted and the time is over, or what it is about is gone. */
export type Ended = { claim: Claim; why: 'not acknowledged' | 'gone' }

/** What a process claims beyond the time for an answer: it may take its time to begin and to write down. */
const CLAIM_SECONDS_MORE = 15
/** The lane of a unicast queue: any of its subscribers may take what is in it. */
export const ANYBODY = 0
/** Messages that one statement hands out. */
const MOST_MESSAGES = 500

type ClaimParts = { sql: Sql; counters: Counters; lanes: Pick<Lanes, 'expect'> }

/** A queue as `due` found it. */
export type Delivering = DueQueue & {
  row: DeliveringRow & { push: StoredPush }
  /** The mark of what is owed, where something is. */
  owed: string | undefined
  lanes: DueLane[]
  /** How many of its subscribers are queues. */
  queues: number
}

/**
 * Claims what is due: first what waits since before, then fresh messages for whatever room is left. A subscriber of a
 * unicast queue is chosen at random among those with room that were not tried in this round. No more than `mostBytes` of
 * bodies, and the last one besides.
 */
export async function claimDue(
  { sql, counters, lanes }: ClaimParts,
  on: Delivering,
  room: ReadonlyMap<number, number>,
  mostBytes: number = limits.claimBytes,
): Promise<{ claims: Claim[]; ended: Ended[] }> {
  const { push } = on.row
  const left = new Map<number, number>()
  for (const { id, most } of on.receivers) {
    const n = Math.min(most, room.get(id) ?? 0, MOST_MESSAGES)
    if (n > 0) left.set(id, n)
  }
  const wanted = sum(left.values())
  let bytesLeft = Math.min(mostBytes, limits.claimBytes)
  if (wanted === 0 || bytesLeft <= 0) return { claims: [], ended: [] }
  const granted = push.rate === undefined ? wanted : await takeRate(sql, on.queueId, push.rate, wanted)
  if (granted === 0) return { claims: [], ended: [] }
  trim(left, granted)

  const claimed: Claim[] = []
  const ended: Ended[] = []
  const turnedAway: ClaimedRow[] = []
  const waiting = on.lanes.filter(({ lane }) => lane === ANYBODY || left.has(lane))
  if (waiting.length > 0) {
    const rooms = waiting.map(({ lane }) => (lane === ANYBODY ? sum(left.values()) : left.get(lane)!))
    for (const row of await claimWaiting(sql, {
      queueId: on.queueId,
      lanes: waiting.map(({ lane }) => lane),
      marks: waiting.map(({ mark }) => mark),
      rooms,
      bytes: bytesLeft,
      claimSeconds: claimSeconds(push),
      reservations: Array.from({ length: sum(rooms) }, newReservationId),
    })) {
      const tried = row.tried ?? []
      bytesLeft -= row.body?.length ?? 0
      // The queue may have been of the other type when it was handed out, and a pull queue since.
      const isShared = row.subscriber === ANYBODY
      const isForNobody = isShared
        ? row.message_id <= (push.since ?? 0)
        : !push.subscribers.some(({ id }) => id === row.subscriber)
      const isGone = row.body === null || isForNobody
      const isOver = row.accepted && row.tries > push.retries
      if (isGone || isOver) {
        // Whoever accepted it last is the one that is reported.
        const receiver = isShared ? tried.at(-1)?.id : row.subscriber
        const claim = toClaim(on, { ...row, body: row.body ?? Buffer.alloc(0), tried }, receiver ?? 0)
        ended.push({ claim, why: isGone ? 'gone' : 'not acknowledged' })
        continue
      }
      // Room may be gone where the queue holds deliveries of both types.
      const own = (left.get(row.subscriber) ?? 0) > 0 ? row.subscriber : undefined
      const receiver = isShared ? choose(left, tried, row.tries, on.receivers) : own
      if (receiver === undefined) turnedAway.push(row)
      else claimed.push(toClaim(on, { ...row, body: row.body!, tried }, use(left, receiver)))
    }
  }
  if (turnedAway.length > 0) await giveUpClaims(sql, on.queueId, turnedAway)
  if (on.owed !== undefined && sum(left.values()) > 0 && bytesLeft > 0)
    claimed.push(...(await openFor({ sql, counters, lanes }, on, left, bytesLeft)))
  if (push.rate !== undefined && claimed.length < granted) {
    await spendRate(sql, on.queueId, -(granted - claimed.length) / push.rate)
  }
  return { claims: claimed, ended }
}

/** Makes deliveries of owed messages, and claims as many as there is room for. */
export async function openFor(
  { sql, counters, lanes: known }: ClaimParts,
  on: Delivering,
  left: Map<number, number>,
  bytes: number = limits.claimBytes,
): Promise<Claim[]> {
  const { push } = on.row
  const unicast = push.type === 'unicast'
  const all = sum(left.values())
  const lanes = unicast ? [ANYBODY] : [...left.keys()]
  const rooms = unicast ? [all] : [...left.values()]
  const rows = await counters.count(on.queueId, (slot, seq) =>
    openOwed(sql, {
      queueId: on.queueId,
      mark: on.owed ?? '-infinity',
      limit: left.size === 0 ? MOST_MESSAGES : Math.min(MOST_MESSAGES, Math.max(...rooms)),
      // Where nobody has room nothing is read.
      bytes: left.size === 0 ? Number.MAX_SAFE_INTEGER : bytes,
      lanes,
      rooms,
      claimSeconds: claimSeconds(push),
      keepSeconds: limits.doneKeepSeconds.delivered,
      slot,
      seq,
    }),
  )
  if (rows.length > 0) {
    for (const lane of unicast ? [ANYBODY] : push.subscribers.map(({ id }) => id)) known.expect(on.queueId, lane)
  }
  const claims: Claim[] = []
  for (const row of rows) {
    for (const [i, lane] of (row.subscribers ?? []).entries()) {
      const reservation = row.reservations![i]!
      const receiver = unicast ? choose(left, [], 0, on.receivers) : lane
      if (receiver === undefined) continue
      const one = { ...row, body: row.body!, message_id: row.id, subscriber: lane, reservation, tries: 0, tried: [] }
      claims.push(toClaim(on, one, use(left, receiver)))
    }
  }
  return claims
}

type Row = Pick<
  ClaimedRow,
  'message_id' | 'subscriber' | 'reservation' | 'tries' | 'push_headers' | 'timeout_seconds'
> & {
  body: Buffer
  tried: StoredTried[]
}

function toClaim(on: Delivering, row: Row, receiver: number): Claim {
  const { push } = on.row
  const subscriber = push.subscribers.find(({ id }) => id === receiver)
  const isV2 = push.door === 'v2'
  return {
    project: on.project,
    queue: on.queue,
    queueId: on.queueId,
    messageId: row.message_id,
    body: row.body,
    pushHeaders: row.push_headers ?? {},
    subscriber: subscriber ? toReceiver(subscriber) : { id: receiver, name: '', url: '', headers: {}, secrets: [] },
    deliveryId: deliveryId(push.key, row.message_id, row.subscriber),
    reservationId: row.reservation,
    door: push.door,
    answerSeconds: limits.answerSeconds[push.door],
    lane: row.subscriber,
    amongQueues: row.subscriber === ANYBODY ? 1 : on.queues,
    push,
    tries: row.tries,
    tried: row.tried,
    // A round does not wait for who is left alone for a while.
    candidates: row.subscriber === ANYBODY ? on.receivers.map(({ id }) => id) : [],
    acceptSeconds: isV2 ? (row.timeout_seconds ?? on.row.message_timeout) : push.retriesDelaySeconds,
  }
}

function toReceiver({ id, name, url, headers, secrets = [] }: StoredSubscriber): Receiver {
  const now = new Date().toISOString()
  const valid = secrets.filter(({ until }) => until === undefined || until > now)
  return { id, name, url, headers: headers ?? {}, secrets: valid.map(({ secret }) => secret) }
}

/** One with room, at random, that was not tried in this round; undefined when there is none. */
function choose(left: Map<number, number>, tried: StoredTried[], round: number, receivers: { id: number }[]) {
  const before = new Set(tried.filter((one) => one.round === round).map(({ id }) => id))
  const all = receivers.every(({ id }) => before.has(id))
  const free = [...left].filter(([id, n]) => n > 0 && (all || !before.has(id)))
  return free[Math.floor(Math.random() * free.length)]?.[0]
}

function use(left: Map<number, number>, receiver: number): number {
  left.set(receiver, left.get(receiver)! - 1)
  return receiver
}

/** Leaves so many in all: to each its share, and what cannot be shared to some at random, so that nobody is always last. */
function trim(left: Map<number, number>, most: number) {
  const inTurn = [...left].map(([id, n]) => ({ id, n, by: n + Math.random() })).sort((a, b) => a.by - b.by)
  let rest = most
  for (const [i, { id, n }] of inTurn.entries()) {
    const share = Math.min(n, Math.floor(rest / (inTurn.length - i)))
    left.set(id, share)
    rest -= share
  }
}

const giveUpClaims = (sql: Sql, queueId: number, rows: ClaimedRow[]) =>
  unclaim(sql, {
    queueId,
    messageIds: rows.map((row) => row.message_id),
    reservations: rows.map((row) => row.reservation),
  })

/** How many may be begun now; what is not used is given back. At most a second's worth gathers. */
const takeRate = (sql: Sql, queueId: number, rate: number, wanted: number): Promise<number> =>
  sql.begin(async (tx) => {
    const [state] = await lockRate(tx, queueId)
    const granted = Math.max(0, Math.min(wanted, Math.floor(state!.free * rate)))
    if (granted > 0) await spendRate(tx, queueId, granted / rate)
    return granted
  }) as Promise<number>

const claimSeconds = ({ door }: StoredPush) => limits.answerSeconds[door] + CLAIM_SECONDS_MORE

const sum = (numbers: Iterable<number>) => {
  let all = 0
  for (const n of numbers) all += n
  return all
}
