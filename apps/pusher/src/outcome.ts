import type { Attempt } from '@weldmq/queue-core'

const failed = (failure: string): Attempt => ({ statusCode: 0, failure })

const closed = 'the connection was closed before the answer was complete'

/** Outcomes that have no fault to tell them. */
export const outcomes = {
  failed: failed('the attempt failed'),
  badAddress: failed('the address is not an http or https address'),
  badPort: failed('the port of the address is not one for HTTP'),
  /** The same whether there is no such name or it leads to where it may not (promise I34). */
  refused: failed('the host does not exist, or deliveries to its address are not allowed'),
  timedOut: failed('no complete answer in time'),
  closed: failed(closed),
  announced: failed('the answer was announced too often, and did not come'),
  stopped: failed('the attempt was cut off because the sender stopped'),
}

const byCode: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: closed,
  EPIPE: closed,
  UND_ERR_SOCKET: closed,
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  EADDRNOTAVAIL: 'the host cannot be reached',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer has another length than it says',
  UND_ERR_INVALID_ARG: 'the address or a header cannot be sent',
  UND_ERR_NOT_SUPPORTED: 'the address or a header cannot be sent',
  EPROTO: 'the TLS connection failed',
}

const certificateCodes =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|CRL_)/

/** What can be told about a fault of the connection: never its own text, which names addresses and libraries. */
export function outcomeOf(fault: Error): Attempt {
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : ''
  const known = byCode[code]
  if (known) return failed(known)
  if (certificateCodes.test(code)) return failed('the certificate was not accepted')
  if (/^(ERR_SSL_|ERR_TLS_)/.test(code)) return failed('the TLS connection failed')
  if (fault.name === 'HTTPParserError') return failed('the answer is not HTTP')
  return outcomes.failed
}

/** Whether an answer that must have no body said that it has one; everybody reads it as an answer all the same. */
export const isLengthOfNothing = (fault: Error, statusCode: number) =>
  (statusCode === 204 || statusCode === 304) && 'code' in fault && fault.code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'

/** Whether the other side ended the connection. */
export const isClosed = (fault: Error) =>
  'code' in fault && (fault.code === 'UND_ERR_SOCKET' || fault.code === 'ECONNRESET' || fault.code === 'EPIPE')
