/** Where a request goes. */
export type Target = {
  url: URL
  /** Scheme, host and port, without a slash at the end. */
  origin: string
  /** With the query. */
  path: string
  /** From a user and password in the address (contract push U6). */
  authorization: string | undefined
}

/** The target of a subscriber's address; a bare `host/path` is http (contract push 1.1). Undefined when it is none. */
export function readTarget(address: string): Target | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address)
  const text = hasScheme ? address : `http://${address}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  const authorization =
    url.username === '' && url.password === ''
      ? undefined
      : `Basic ${Buffer.from(`${unescaped(url.username)}:${unescaped(url.password)}`).toString('base64')}`
  return { url, origin: url.origin, path: url.pathname + url.search, authorization }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
