import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'

/** Everything lives in a schema of its own, so that WeldMQ can share a database with other programs. */
export const weldmq = pgSchema('weldmq')

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const moment = (name: string) => timestamp(name, { withTimezone: true })
const id = (name: string) => bigint(name, { mode: 'number' })

export const projects = weldmq.table('projects', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
})

export const tokens = weldmq.table('tokens', {
  id: text('id').primaryKey(),
  /** SHA-256 of the secret, which is kept nowhere. */
  hash: bytea('hash').notNull().unique(),
  name: text('name').notNull(),
  type: text('type').notNull(),
  admin: boolean('admin').notNull(),
  projects: text('projects').array().notNull(),
  scopes: text('scopes').array().notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
  expiresAt: moment('expires_at'),
  lastUsedAt: moment('last_used_at'),
})

/** Each lets one live stream in, once, in place of the token that it was made with (src/tickets). */
export const tickets = weldmq.table(
  'tickets',
  {
    /** SHA-256 of the ticket, which is kept nowhere. */
    hash: bytea('hash').primaryKey(),
    tokenId: text('token_id').notNull(),
    projectId: text('project_id').notNull(),
    /** The name of the only queue that it is for. */
    queue: text('queue').notNull(),
    scopes: text('scopes').array().notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [index('tickets_expiring').on(t.expiresAt)],
)

/** The directory: which name in which project is which queue. Names compare by byte (migration 0000: collate "C"). */
export const queues = weldmq.table(
  'queues',
  {
    id: id('id').primaryKey().generatedAlwaysAsIdentity(),
    projectId: text('project_id').notNull(),
    name: text('name').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [unique('queues_name').on(t.projectId, t.name)],
)

/** One row per queue, read by every statement about it: its settings, and where its ready line stands (src/line). */
export const queueState = weldmq.table('queue_state', {
  queueId: id('queue_id').primaryKey(),
  messageTimeout: integer('message_timeout').notNull(),
  messageExpiration: integer('message_expiration').notNull(),
  deadLetterQueue: text('dead_letter_queue'),
  /** Set exactly when there is a dead letter queue. */
  maxReservations: integer('max_reservations'),
  /** False while the expiration is only the default: messages posted to last for ever then do. */
  expirationGiven: boolean('expiration_given').notNull().default(false),
  /** Made by a session for its own use: gone again once it is empty and nobody uses it. */
  transient: boolean('transient').notNull().default(false),
  /** How the queue delivers (queues/push.ts); null for a pull queue. */
  push: jsonb('push'),
  pausedUntil: moment('paused_until'),
  /** What the last pause asked for, and how many there were. */
  pauseSeconds: id('pause_seconds').notNull().default(0),
  pauses: integer('pauses').notNull().default(0),
  /** True when the queue has alerts, null when it has none: statements that change its size say so. */
  alerted: boolean('alerted'),
  prios: id('prios').array().notNull(),
  marks: id('marks').array().notNull(),
  low: id('low').notNull().default(1),
  cur: id('cur').notNull().default(1),
})

/** Who is told when a queue's size crosses a line. Rows of a queue that is gone are seen by nobody (queue_state). */
export const alerts = weldmq.table(
  'alerts',
  {
    id: text('id').primaryKey(),
    queueId: id('queue_id').notNull(),
    /** The order in which they were added. */
    number: id('number').notNull().generatedAlwaysAsIdentity(),
    type: text('type').notNull(),
    direction: text('direction').notNull(),
    trigger: id('trigger').notNull(),
    /** Name of the queue that gets the messages. */
    target: text('target').notNull(),
    /** Seconds. */
    snooze: id('snooze').notNull(),
    /** The queue's size when it last left the stretch between two of the alert's lines. */
    size: id('size').notNull(),
    firedAt: moment('fired_at'),
  },
  (t) => [index('alerts_queue').on(t.queueId)],
)

/** Queues that are gone but whose messages upkeep still has to remove. */
export const deletedQueues = weldmq.table('deleted_queues', {
  queueId: id('queue_id').primaryKey(),
  deletedAt: moment('deleted_at').notNull().defaultNow(),
})

export const messageIds = weldmq.sequence('message_id', { cache: 1 })

export const messages = weldmq.table(
  'messages',
  {
    queueId: id('queue_id').notNull(),
    id: id('id').notNull(),
    /** Place among messages of the same priority; the id, for a message that was never sent to the end. */
    position: id('position').notNull(),
    priority: id('priority').notNull(),
    /** Which part of the ready index holds the row, never part of the order (src/line); of a buried row, its place. */
    lane: id('lane').notNull(),
    /** When a delayed message becomes ready, or a reservation lapses. */
    dueAt: moment('due_at'),
    expiresAt: moment('expires_at').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    reservation: uuid('reservation'),
    reservedCount: integer('reserved_count').notNull().default(0),
    /** 0 ready, 1 delayed, 2 reserved, 3 buried; on push queues 4 owed, 5 in delivery, 6 done (src/deliveries). */
    state: smallint('state').notNull(),
    pushHeaders: jsonb('push_headers'),
    body: bytea('body').notNull(),
    /** How long its reservations last, where that is the message's own affair. */
    timeoutSeconds: id('timeout_seconds'),
    /**
     * Who may act for the reservation, beside its id: null nobody, 0 whoever knows the message ("open"; such a message
     * returns to the end of the line), otherwise the sessions of that gateway.
     */
    holder: id('holder'),
    /** As given to post or to the last release. These five are null for 0, which takes no room in the row. */
    delaySeconds: id('delay_seconds'),
    timeouts: integer('timeouts'),
    releases: integer('releases'),
    buries: integer('buries'),
    kicks: integer('kicks'),
    /** Of a message in delivery: deliveries that have not ended. */
    owed: integer('owed'),
  },
  (t) => [
    primaryKey({ columns: [t.queueId, t.id] }),
    index('messages_ready')
      .on(t.queueId, t.lane, t.priority, t.position)
      .where(sql`state = 0`),
    index('messages_due')
      .on(t.dueAt)
      .where(sql`state in (1, 2)`),
    // Said so that `state = 0` does not imply it: a reader of the ready line must not be able to take this index.
    index('messages_expiring')
      .on(t.expiresAt)
      .where(sql`state + 0 <> 2`),
    index('messages_delayed')
      .on(t.queueId, t.dueAt, t.id)
      .where(sql`state = 1`),
    index('messages_buried')
      .on(t.queueId, t.lane)
      .where(sql`state = 3`),
    index('messages_held')
      .on(t.holder)
      .where(sql`holder > 0`),
    index('messages_owed')
      .on(t.queueId, t.dueAt, t.id)
      .where(sql`state = 4`),
  ],
)

export const subscriberIds = weldmq.sequence('subscriber_id')

/** One message owed to one subscriber; of a unicast queue, to any of them (src/deliveries). */
export const deliveries = weldmq.table(
  'deliveries',
  {
    queueId: id('queue_id').notNull(),
    messageId: id('message_id').notNull(),
    /** 0 for all subscribers of a unicast queue. */
    subscriber: id('subscriber').notNull(),
    /** 0 waiting, 1 under way, 2 accepted, 3 delivered, 4 failed, 5 stopped. */
    state: smallint('state').notNull(),
    /** When somebody may claim it (again); of an ended one, when it may be forgotten. */
    dueAt: moment('due_at').notNull(),
    reservation: uuid('reservation'),
    /** Attempts that were answered or failed; of a unicast queue, rounds. */
    tries: integer('tries').notNull().default(0),
    /** Of the last attempt: what was answered, 0 for no answer. */
    statusCode: integer('status_code').notNull().default(0),
    lastTryAt: moment('last_try_at'),
    /** What the last failure said. */
    failure: text('failure'),
    /** Of a unicast queue: what became of it at each subscriber (deliveries/delivery.ts). */
    tried: jsonb('tried'),
  },
  (t) => [
    primaryKey({ columns: [t.queueId, t.messageId, t.subscriber] }),
    index('deliveries_due')
      .on(t.queueId, t.subscriber, t.dueAt)
      .where(sql`state < 3`),
    index('deliveries_ended')
      .on(t.dueAt)
      .where(sql`state >= 3`),
  ],
)

/** Subscribers that keep failing, in queues that pause such; no row, no failure lately. */
export const subscriberHealth = weldmq.table(
  'subscriber_health',
  {
    queueId: id('queue_id').notNull(),
    subscriber: id('subscriber').notNull(),
    /** In a row. */
    failures: integer('failures').notNull(),
    pausedUntil: moment('paused_until'),
    /** Pauses in a row: each is twice as long. */
    pauses: integer('pauses').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.queueId, t.subscriber] })],
)

/** When a queue with a push rate may be handed out from again. */
export const pushRates = weldmq.table('push_rates', {
  queueId: id('queue_id').primaryKey(),
  freeAt: moment('free_at').notNull(),
})

/** Gateways with live sessions, whose reservations return when the lease is not renewed (sessions/lease.ts). */
export const gateways = weldmq.table('gateways', {
  id: id('id').primaryKey().generatedAlwaysAsIdentity(),
  seenAt: moment('seen_at').notNull().defaultNow(),
  /** Taken for dead once; never comes back. */
  givenUp: boolean('given_up').notNull().default(false),
})

/** How many sessions of each gateway use, watch and wait for a queue. */
export const queueUsers = weldmq.table(
  'queue_users',
  {
    queueId: id('queue_id').notNull(),
    gateway: id('gateway').notNull(),
    users: integer('users').notNull(),
    watchers: integer('watchers').notNull(),
    waiters: integer('waiters').notNull(),
  },
  (t) => [primaryKey({ columns: [t.queueId, t.gateway] })],
)

/** One row per running gateway: the owner of a number under which counters are written. */
export const writers = weldmq.table('writers', {
  slot: id('slot').primaryKey().generatedAlwaysAsIdentity(),
  startedAt: moment('started_at').notNull().defaultNow(),
  /** Written every few seconds; a writer not seen for a minute is taken for gone. */
  seenAt: moment('seen_at').notNull().defaultNow(),
})

/** What each post or delete statement changed; insert-only, folded into counter_base now and then. */
export const counterDeltas = weldmq.table(
  'counter_deltas',
  {
    queueId: id('queue_id').notNull(),
    slot: id('slot').notNull(),
    seq: id('seq').notNull(),
    size: id('size').notNull(),
    total: id('total').notNull(),
  },
  (t) => [primaryKey({ columns: [t.queueId, t.slot, t.seq] })],
)

export const counterBase = weldmq.table(
  'counter_base',
  {
    queueId: id('queue_id').notNull(),
    slot: id('slot').notNull(),
    /** Deltas up to this seq are in this row. */
    folded: id('folded').notNull().default(0),
    size: id('size').notNull().default(0),
    total: id('total').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.queueId, t.slot] })],
)

/** What a post with an idempotency key stored, for as long as a retry may come (promise I6). */
export const idempotencyKeys = weldmq.table(
  'idempotency_keys',
  {
    projectId: text('project_id').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of the queue's name and everything that was posted. */
    fingerprint: bytea('fingerprint').notNull(),
    ids: id('ids').array().notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** A retry writes here, so that its answer too waits for what the commit waits for. */
    seenAt: moment('seen_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.key] }), index('idempotency_keys_created').on(t.createdAt)],
)
