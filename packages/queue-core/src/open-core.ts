import { addAlerts, listAlerts, removeAlert, removeAlerts, replaceAlerts } from './alerts/change.ts'
import { createFiring } from './alerts/firing.ts'
import { createDispatcher } from './coalesce/dispatcher.ts'
import type { Core, CoreOptions } from './core.ts'
import { createCounters } from './counters/counters.ts'
import { connect } from './db/connect.ts'
import { faultsNamed } from './db/faults.ts'
import { findDurabilityRisks } from './db/durability.ts'
import { migrate } from './db/migrate.ts'
import { acknowledge } from './deliveries/acknowledge.ts'
import { listDeliveries } from './deliveries/list.ts'
import { createLanes } from './deliveries/lanes.ts'
import { createPushing } from './deliveries/pushing.ts'
import { createById } from './line/by-id.ts'
import { createKeeper } from './line/keeper.ts'
import { createLine } from './line/line.ts'
import { deleteMessageById, deleteMessagesById, releaseMessageById, touchMessageById } from './messages/by-id.ts'
import { clearQueue } from './messages/clear.ts'
import { acknowledgeAll, deleteMessage, deleteMessages } from './messages/delete.ts'
import type { Parts } from './messages/on-queue.ts'
import { findMessage, peekMessages } from './messages/peek.ts'
import { postMessages } from './messages/post.ts'
import { releaseMessage } from './messages/release.ts'
import { reserveWhenThere } from './messages/reserve-when-there.ts'
import { touchMessage } from './messages/touch.ts'
import { createProject } from './projects/create.ts'
import { deleteProject } from './projects/delete.ts'
import { findProject } from './projects/find.ts'
import { makeFirstStart } from './projects/first-start.ts'
import { listProjects } from './projects/list.ts'
import { createAppearing } from './queues/appearing.ts'
import { addSubscribers, changePush, removeSubscribers, resumeSubscriber } from './queues/change-push.ts'
import { deleteQueue } from './queues/delete.ts'
import { queueDepths } from './queues/depths.ts'
import { createDirectory } from './queues/directory.ts'
import { findQueue } from './queues/find.ts'
import { listQueuePage } from './queues/list-page.ts'
import { listQueues } from './queues/list.ts'
import { putQueue, updateQueue } from './queues/put.ts'
import { Unavailable } from './refusal.ts'
import { createSignals } from './signals/signals.ts'
import { createTicket, findAccess, redeemTicket } from './tickets/ticket.ts'
import { openAccess } from './tokens/access.ts'
import { createToken } from './tokens/create.ts'
import { deleteToken } from './tokens/delete.ts'
import { listTokens } from './tokens/list.ts'
import { createSessions } from './sessions/sessions.ts'
import { createTallies } from './sessions/tallies.ts'
import { createStreams } from './streams/streams.ts'
import { LEASE_SECONDS, createLeader } from './upkeep/leader.ts'
import { createUpkeep } from './upkeep/upkeep.ts'

/** Fewer and fuller connections win; a statement in flight on each of them. */
const HOT_CONNECTIONS = 4
/** One for claims and one for what came of them would do; a transaction of a slow commit must not hold up the others. */
const DELIVERING_CONNECTIONS = 3
/** A look at a queue's alerts that takes longer is given up and made again: callers wait for it. */
const LOOK_TIMEOUT_SECONDS = 5

/**
 * Opens the core on a database: brings the schema up to date, starts upkeep, and answers once both are done. Several
 * may run on one database, in one process or many. Throws when the database cannot be reached.
 */
export async function openCore(options: CoreOptions): Promise<Core> {
  const { database, onFault = () => {} } = options
  await migrate(database)

  const sql = connect(database, { max: 4, pinned: false, name: 'weldmq', statementTimeoutSeconds: 60 })
  const hot = connect(database, {
    max: HOT_CONNECTIONS,
    pinned: true,
    name: 'weldmq messages',
    statementTimeoutSeconds: 30,
    onClose: () => keeper.forgetAll(),
  })
  const background = connect(database, { max: 2, pinned: true, name: 'weldmq upkeep' })
  // A look must not queue behind upkeep: while the marks stand still under an old snapshot, every reserve gets slower.
  const looking = connect(database, {
    max: 1,
    pinned: true,
    name: 'weldmq marks',
    statementTimeoutSeconds: 30,
    idleTimeoutSeconds: LEASE_SECONDS,
    onClose() {
      keeper.forgetAll()
      leader.lost()
    },
  })
  const alerting = connect(database, {
    max: 2,
    pinned: true,
    name: 'weldmq alerts',
    statementTimeoutSeconds: LOOK_TIMEOUT_SECONDS,
  })

  // Opened by the first delivery.
  const delivering = connect(database, {
    max: DELIVERING_CONNECTIONS,
    pinned: true,
    name: 'weldmq deliveries',
    statementTimeoutSeconds: 30,
    onClose: () => lanes.forget(),
  })

  const leader = createLeader(looking)
  const keeper = createKeeper(looking)
  const counters = createCounters(background)
  const directory = createDirectory(sql)
  const signals = createSignals({ database, sql: background }, onFault)
  const dispatcher = createDispatcher({
    atOnce: HOT_CONNECTIONS,
    ...(options.coalesce === false ? { coalesce: false } : {}),
    ...(options.onBatch ? { onBatch: options.onBatch } : {}),
  })
  const lanes = createLanes(delivering)
  const firing = createFiring({ sql: alerting, background, counters, directory, signals, lanes }, onFault)
  const line = createLine(hot, counters, dispatcher, keeper, firing)
  const byId = createById(hot, counters, dispatcher, firing)
  const appearing = createAppearing(sql, onFault)
  const tallies = createTallies()
  const upkeepParts = { sql: background, counters, keeper, signals, directory, tallies, firing, leader }
  const upkeep = createUpkeep(upkeepParts, onFault)
  const access = openAccess(sql, { onFault })
  const { flipDue } = upkeep
  let postsClosed = false
  const checkPostsOpen = () => {
    if (postsClosed) throw new Unavailable('This gateway takes no more messages')
  }
  const shared = { sql, hot, directory, counters, keeper, line, byId, signals, firing, tallies }
  const parts: Parts = { ...shared, flipDue, checkPostsOpen }
  const pushing = createPushing({
    ...{ sql: delivering, counters, directory, signals, firing, lanes },
    authorize: access.authorize,
  })
  const sessions = createSessions(parts, background, onFault)
  const streams = createStreams(parts, background, onFault)

  const drain = () => {
    signals.drain()
    appearing.end()
  }

  await signals.listen()
  await leader.renew().catch((fault: unknown) => onFault(fault, 'leader'))
  upkeep.start()
  sessions.start()
  streams.start()

  return {
    authorize: access.authorize,
    authenticate: access.authenticate,
    makeFirstStart: faultsNamed((command) => makeFirstStart(sql, command)),

    createProject: faultsNamed((command) => createProject(sql, command)),
    findProject: faultsNamed((command) => findProject(sql, command)),
    listProjects: faultsNamed(() => listProjects(sql)),
    deleteProject: faultsNamed((command) => deleteProject(sql, command).finally(access.forget)),
    createToken: faultsNamed((command) => createToken(sql, command).finally(access.forget)),
    listTokens: faultsNamed(() => listTokens(sql)),
    deleteToken: faultsNamed((command) => deleteToken(sql, command).finally(access.forget)),

    createTicket: faultsNamed((command) => createTicket(sql, command)),
    redeemTicket: faultsNamed((command) => redeemTicket(sql, command)),
    findAccess: faultsNamed((command) => findAccess(sql, command)),

    putQueue: faultsNamed((command) => putQueue(sql, command)),
    updateQueue: faultsNamed((command) => updateQueue(sql, command)),
    findQueue: faultsNamed((command) => findQueue(sql, command)),
    listQueues: faultsNamed((command) => listQueues(sql, command)),
    listQueuePage: faultsNamed((command) => listQueuePage(sql, command)),
    changePush: faultsNamed((command) => changePush(sql, command)),
    addSubscribers: faultsNamed((command) => addSubscribers(sql, command)),
    removeSubscribers: faultsNamed((command) => removeSubscribers(sql, command)),
    resumeSubscriber: faultsNamed((command) => resumeSubscriber(sql, command)),
    deleteQueue: faultsNamed((command) => deleteQueue({ sql, directory }, command)),

    addAlerts: faultsNamed((command) => addAlerts(sql, command)),
    replaceAlerts: faultsNamed((command) => replaceAlerts(sql, command)),
    removeAlerts: faultsNamed((command) => removeAlerts(sql, command)),
    removeAlert: faultsNamed((command) => removeAlert(sql, command)),
    listAlerts: faultsNamed((command) => listAlerts(sql, command)),

    postMessages: faultsNamed((command) => postMessages(parts, command)),
    reserveMessages: faultsNamed((command) => reserveWhenThere(parts, appearing, command)),
    peekMessages: faultsNamed((command) => peekMessages(parts, command)),
    findMessage: faultsNamed((command) => findMessage(parts, command)),
    touchMessage: faultsNamed((command) => touchMessage(parts, command)),
    releaseMessage: faultsNamed((command) => releaseMessage(parts, command)),
    deleteMessage: faultsNamed((command) => deleteMessage(parts, command)),
    deleteMessages: faultsNamed((command) => deleteMessages(parts, command)),
    touchMessageById: faultsNamed((command) => touchMessageById(parts, command)),
    releaseMessageById: faultsNamed((command) => releaseMessageById(parts, command)),
    deleteMessageById: faultsNamed((command) => deleteMessageById(parts, command)),
    deleteMessagesById: faultsNamed((command) => deleteMessagesById(parts, command)),
    listDeliveries: faultsNamed((command) => listDeliveries(parts, command)),
    acknowledge: faultsNamed((command) => acknowledge(parts, command)),
    acknowledgeAll: faultsNamed((command) => acknowledgeAll(parts, command)),
    clearQueue: faultsNamed((command) => clearQueue(parts, command)),

    openSession: sessions.open,
    pushing: {
      due: faultsNamed(pushing.due),
      claim: faultsNamed(pushing.claim),
      record: faultsNamed(pushing.record),
      forward: faultsNamed(pushing.forward),
      wait: pushing.wait,
    },
    openStream: streams.open,

    ping: faultsNamed(async () => {
      await sql`select 1`
    }),
    queueDepths: faultsNamed((count) => queueDepths(sql, count)),
    findDurabilityRisks: faultsNamed(() => findDurabilityRisks(sql)),
    closePosts: () => void (postsClosed = true),
    drain,
    async stop() {
      drain()
      await Promise.all([sessions.stop(), streams.stop()])
      await dispatcher.idle()
      await firing.idle()
      await Promise.all([upkeep.stop(), signals.stop(), access.stop()])
      await counters.fold().catch((fault: unknown) => onFault(fault, 'counters'))
      await keeper.store().catch((fault: unknown) => onFault(fault, 'stored marks'))
      await Promise.all([hot, sql, background, looking, alerting, delivering].map((pool) => pool.end({ timeout: 2 })))
    },
  }
}
