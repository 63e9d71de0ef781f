import { createLanes } from '../src/deliveries/lanes.ts'
import { createFiring } from '../src/alerts/firing.ts'
import { createDispatcher } from '../src/coalesce/dispatcher.ts'
import { createCounters } from '../src/counters/counters.ts'
import { type Sql, connect } from '../src/db/connect.ts'
import { createById } from '../src/line/by-id.ts'
import { lookAtLines } from '../src/line/keep.sql.ts'
import { type Keeper, createKeeper } from '../src/line/keeper.ts'
import { createLine } from '../src/line/line.ts'
import type { Hints } from '../src/line/reserve.sql.ts'
import type { Parts } from '../src/messages/on-queue.ts'
import { createDirectory } from '../src/queues/directory.ts'
import { createTallies } from '../src/sessions/tallies.ts'
import type { Signals } from '../src/signals/signals.ts'
import { createUpkeep } from '../src/upkeep/upkeep.ts'
import type { CoreOptions } from '../src/index.ts'

/** What a gateway knows nothing of when it works alone. */
const noSignals: Signals = {
  ready: () => {},
  wait: () => ({ next: async () => false, leave: () => {} }),
  watch: () => ({ arm: () => {}, disarm: () => {}, isArmed: () => false, missed: () => false, leave: () => {} }),
  lookOn: () => () => {},
  cleared: () => {},
  onCleared: () => {},
  listen: async () => {},
  poll: async () => {},
  drain: () => {},
  isDrained: () => false,
  stop: async () => {},
}

/** A keeper that takes the first look for the truth: what a mark would be without its proof. */
function credulous(keeper: Keeper, sql: Sql): Keeper {
  const believed = new Map<number, Hints>()
  const first: Hints = { marks: [], low: 1 }
  return {
    ...keeper,
    hints: (queueId) => believed.get(queueId) ?? first,
    took(queueId, rows) {
      keeper.took(queueId, rows)
      if (!believed.has(queueId)) believed.set(queueId, first)
    },
    async look() {
      for (const [queueId, hints] of believed) {
        const [look] = await lookAtLines(sql, [{ queueId, hints }])
        const marks = look!.first.map((position, i) =>
          position ? position - 1 : Math.max(look!.seq, hints.marks[i] ?? 0),
        )
        believed.set(queueId, { marks, low: look!.lanes[0] ?? look!.cur })
      }
    },
  }
}

export type GatewaySettings = { proved?: boolean; onBatch?: NonNullable<CoreOptions['onBatch']> }

/**
 * The parts of a core with its own connections, marks and counters, but without anything that runs by itself: whatever
 * upkeep would do now and then, the test does when it likes, and the keeper finds everything worth its while. `proved`
 * false is for the counter-proof: its marks are guesses.
 */
export function aGateway(database: CoreOptions['database'], { proved = true, onBatch }: GatewaySettings = {}) {
  const sql = connect(database, { max: 2, pinned: false, name: 'test' })
  const hot = connect(database, { max: 2, pinned: true, name: 'test hot' })
  const background = connect(database, { max: 1, pinned: true, name: 'test background' })

  const careful = createKeeper(background, {
    takenWorthALook: 1,
    returnedWorthALane: 4,
    postsWorthAPlace: 3,
    lanesWorthAGathering: 2,
  })
  const keeper = proved ? careful : credulous(careful, background)
  const counters = createCounters(background)
  const directory = createDirectory(sql)
  const tallies = createTallies()
  const lanes = createLanes(background)
  const firing = createFiring({ sql, background, counters, directory, signals: noSignals, lanes }, () => {})
  const dispatcher = createDispatcher({ atOnce: 4, ...(onBatch ? { onBatch } : {}) })
  const line = createLine(hot, counters, dispatcher, keeper, firing)
  const byId = createById(hot, counters, dispatcher, firing)
  const upkeepParts = { sql: background, counters, keeper, signals: noSignals, directory, tallies, firing }
  const { flipDue } = createUpkeep(upkeepParts, () => {})
  const parts: Parts = {
    sql,
    hot,
    directory,
    counters,
    keeper,
    line,
    byId,
    signals: noSignals,
    firing,
    tallies,
    flipDue,
    checkPostsOpen: () => {},
  }

  return {
    parts,
    background,
    stop: async () => {
      await Promise.all([sql, hot, background].map((pool) => pool.end({ timeout: 5 })))
    },
  }
}

export type AGateway = ReturnType<typeof aGateway>
