import type { IncomingMessage } from 'node:http'
import { HttpRefusal } from './http-refusal.ts'

/**
 * The path as it was sent, still percent-encoded, without its trailing slash (contract v3 H16) and query. Segments are
 * cut before they are decoded, so that `%2F` never splits a name and `..` stays a name.
 */
export function pathOf(incoming: IncomingMessage): string {
  const target = originForm(incoming.url ?? '/')
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  return path.length > 1 && path.charCodeAt(path.length - 1) === 0x2f ? path.slice(0, -1) : path
}

/** What stands behind the `?`, decoded as a form; empty when there is none. */
export function queryOf(incoming: IncomingMessage): URLSearchParams {
  const target = incoming.url ?? ''
  const query = target.indexOf('?')
  return new URLSearchParams(query === -1 ? '' : target.slice(query + 1))
}

/** One segment of `pathOf`, decoded once; `+` stays a plus sign (contract v3 1.1). 400 for what is not UTF-8. */
export function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment // the parser has refused every byte that is not ASCII
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new HttpRefusal(400, 'The path must be percent-encoded UTF-8')
  }
}

/**
 * The request target for a log, without the value of `oauth` however that name is written: `%6fauth` is the same name to
 * `queryOf`, and what is nearly that name may be a token as well (security rows 9 and 10).
 */
export function withoutToken(target: string): string {
  const [path = '', ...query] = originForm(target).split('?')
  if (query.length === 0) return path
  const shown = query
    .join('?')
    .split('&')
    .map((pair) =>
      /oauth/i.test(String([...new URLSearchParams(pair)])) ? pair.replace(/[=;#].*$/s, '=[redacted]') : pair,
    )
  return `${path}?${shown.join('&')}`
}

/** Clients that believe we are a proxy send the whole address. */
const originForm = (target: string): string => target.replace(/^https?:\/\/[^/?#]*(?=[/?#]|$)/i, '') || '/'
