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
  tokenProjects: { max: 1000 },
  tokenExpiresInSeconds: { min: 1, max: 315_360_000 },
} as const
