/** Why the server closes a connection; PROTOCOL.md says after which of them a client comes back. */
export const closeCodes = {
  leaving: 1001,
  internalError: 1011,
  restarting: 1012,
  overloaded: 1013,
  brokenFrame: 4400,
  notAuthenticated: 4401,
  refused: 4403,
  heartbeatMissed: 4410,
  slowReader: 4413,
  tooMany: 4429,
} as const
