/** Every number of the product, with its unit. Sources: the tables of the v3 contract, sections 1.3, 2 and 4. */
export const limits = {
  queueNameBytes: 255,
  messageTimeoutSeconds: { min: 1, max: 86_400, default: 60 },
  messageExpirationSeconds: { min: 1, max: 2_592_000, default: 604_800 },
  delaySeconds: { min: 0, max: 604_800 },
  waitSeconds: { min: 0, max: 30 },
  /** Messages per reserve, peek or batch delete. */
  count: { min: 1, max: 100 },
  /** A request holds the process for as long as it is read and stored; more would be felt by everybody. */
  messagesPerPost: 10_000,
  deadLetterMaxReservations: { min: 1, max: 1000, default: 10 },
  /** 0 is the most urgent; the default is the one most beanstalk clients send. */
  priority: { min: 0, max: 4_294_967_295, default: 65_536 },
  alertsPerQueue: 5,
  alertTrigger: { min: 1, max: Number.MAX_SAFE_INTEGER },
  alertSnoozeSeconds: { min: 0, max: Number.MAX_SAFE_INTEGER },
  listPage: { max: 100, default: 30 },
  idempotencyKeyBytes: 255,
  idempotencyKeepHours: 24,
  pushHeaders: { count: 5, nameBytes: 64, valueBytes: 1024 },
  /** How old an answer about a token may be: revocation works everywhere within 5 s. */
  tokenFreshMilliseconds: 2000,
  tokenStaleMilliseconds: 4000,
  /** How long a gateway believes that there is no such token or project, and how many answers it keeps of each sort. */
  tokenUnknownMilliseconds: 1000,
  tokensRemembered: { known: 10_000, unknown: 1000 },
  /** Least time between two writes of a token's last use. */
  tokenLastUseMilliseconds: 60_000,
  /** Of a push queue (push.md 2), and what its subscribers may take as JSON (contract v2 3.3). */
  retries: { min: 0, max: 100, default: 3 },
  retriesDelaySeconds: { min: 3, max: 86_400, default: 60 },
  subscribersBytes: 65_536,
  pushRate: { min: 0, max: 100_000 },
  pauseAfter: { min: 0, max: 1000 },
  /** For how long a subscriber is left alone at first and at most, when its queue pauses those that keep failing. */
  subscriberPauseSeconds: { min: 60, max: 3600 },
  /** How long a secret that was replaced still signs. */
  oldSecretSeconds: 86_400,
  /** Bytes of a secret that signs deliveries (Standard Webhooks). */
  secretBytes: { min: 24, max: 64 },
  /** How long a subscriber may take to answer, by the door that made its queue (push.md P-2). */
  answerSeconds: { v2: 60, v3: 10 },
  /** Of the bodies of deliveries that are claimed together, besides the last one: they are all read at once. */
  claimBytes: 16_777_216,
  /** A `Retry-After` beyond this is cut to it. */
  retryAfterSeconds: 86_400,
  /** Queues that a message may be handed on to, one from the other, before it counts as failed (push.md U3). */
  hops: 10,
  /** Copies of one message that may come of that, each in some queue. */
  copies: 10_000,
  /** Of what the subscribers of a unicast queue said last about a message, all together. */
  triedCharacters: 131_072,
  /** Of the body of a message that was handed on, what a report about it holds: each report about a report is longer. */
  reportedBodyBytes: 1_048_576,
  /** How long the statuses of a message that was delivered or given up can be read (push.md S3). */
  statusKeepSeconds: 86_400,
  /** How long such a message itself can be read: everywhere delivered, or given up somewhere (contract v3 M5). */
  doneKeepSeconds: { delivered: 600, failed: 86_400 },
  ticketSeconds: 60,
  /** Of a live subscription: messages and bytes of bodies that it may have unfinished, and messages at a time. */
  stream: {
    credit: { min: 0, max: 1000 },
    creditBytes: { min: 1, max: 67_108_864, default: 16_777_216 },
    batch: { min: 1, max: 100, default: 100 },
  },
  tokenProjects: { max: 1000 },
  tokenExpiresInSeconds: { min: 1, max: 315_360_000 },
} as const
