/** The numbers of the wire, with their units (contract v3, sections 1.1, 1.3, 2 and 4). */
export const limits = {
  messagesPerPost: 10_000,
  messageTimeoutSeconds: { min: 1, max: 86_400 },
  messageExpirationSeconds: { min: 1, max: 2_592_000 },
  maxReservations: { min: 1, max: 1000 },
  delaySeconds: { min: 0, max: 604_800 },
  waitSeconds: { min: 0, max: 30 },
  count: { min: 1, max: 100 },
  priority: { min: 0, max: 4_294_967_295 },
  alertsPerQueue: 5,
  alertTrigger: { min: 1, max: Number.MAX_SAFE_INTEGER },
  alertSnoozeSeconds: { min: 0, max: Number.MAX_SAFE_INTEGER },
  perPage: { max: 100, default: 30 },
  pushHeaders: { count: 5, nameBytes: 64, valueBytes: 1024 },
  idempotencyKeyBytes: 255,
} as const
