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

/**
 * Ports of programs that read lines and would take a body for commands (mail, chat, FTP and their like): after the bad ports
 * of the Fetch standard, and those of caches and queues that it leaves out (the last three).
 */
const otherProtocols = new Set(
  `7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 137
  139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720
  1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080
  6379 11211 11300`.split(/\s+/),
)

/** Whether the port is known for something that is not HTTP, in general or here. */
export const speaksAnother = ({ url }: Target, here: readonly number[]) =>
  otherProtocols.has(url.port) || here.includes(Number(url.port))

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
