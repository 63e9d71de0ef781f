import { type BackOff, fullJitter } from '../back-off.ts'
import { pause } from '../pause.ts'
import { WeldmqError } from '../weldmq-error.ts'
import type { Link } from './link.ts'
import type { SocketEnd } from './socket.ts'
import { endError } from './stream-error.ts'

export type KeptLink = {
  /** Says goodbye, and connects no more. */
  stop(): Promise<void>
}

export type KeepLinkSettings = {
  open(signal: AbortSignal): Promise<Link>
  /** Each `open` asks for credentials anew: that those of a connection have ended says nothing of the next one's. */
  renews: boolean
  up(link: Link): void
  down(why: WeldmqError): void
  /** One could not be opened; another one will be tried if that can help. */
  unopened(why: WeldmqError): void
  /** There will be no connection any more. */
  failed(why: WeldmqError): void
}

const backOff: BackOff = { baseMilliseconds: 250, capMilliseconds: 15_000 }
/** A connection that lived this long shows that the next one is worth a quick try. */
const STEADY_MILLISECONDS = 10_000
const NOT_AUTHENTICATED = 4401

/** Has one connection at a time until it is stopped, or until the server says that it will not do. */
export function keepLink(settings: KeepLinkSettings): KeptLink {
  const stop = new AbortController()
  let isStopped = false
  let current: Link | undefined
  let failures = 0
  void run()

  async function run() {
    while (!isStopped) {
      const why = await live()
      if (isStopped) return
      if (!why.temporary) return settings.failed(why)
      await pause(fullJitter(failures++, backOff), stop.signal).catch(() => {})
    }
  }

  /** One connection, and why it ended. */
  async function live(): Promise<WeldmqError> {
    let opened: Link
    try {
      opened = await settings.open(stop.signal)
    } catch (error) {
      const why = error instanceof WeldmqError ? error : unreachable(error)
      if (!isStopped) settings.unopened(why)
      return why
    }
    if (isStopped) opened.close()
    else settings.up((current = opened))
    const since = performance.now()
    const why = reasonOf(await opened.ended)
    if (!current) return why
    current = undefined
    if (performance.now() - since >= STEADY_MILLISECONDS) failures = 0
    settings.down(why)
    return why
  }

  function reasonOf(how: SocketEnd): WeldmqError {
    const why = endError(how)
    if (!settings.renews || why.status !== NOT_AUTHENTICATED) return why
    return new WeldmqError(why.message, { status: why.status, code: why.code, temporary: true })
  }

  return {
    async stop() {
      isStopped = true
      const link = current
      link?.close()
      await link?.ended
      stop.abort()
    },
  }
}

const unreachable = (cause: unknown) =>
  new WeldmqError('No connection could be opened', { code: 'unreachable', temporary: true, cause })
