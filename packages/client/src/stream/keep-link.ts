import { type BackOff, fullJitter } from '../back-off.ts'
import { pause } from '../pause.ts'
import { WeldmqError } from '../weldmq-error.ts'
import type { Link } from './link.ts'
import { endError } from './stream-error.ts'

export type KeptLink = {
  /** Says goodbye, and connects no more. */
  stop(): Promise<void>
}

export type KeepLinkSettings = {
  open(signal: AbortSignal): Promise<Link>
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
    try {
      current = await settings.open(stop.signal)
    } catch (error) {
      const why = error instanceof WeldmqError ? error : unreachable(error)
      if (!isStopped) settings.unopened(why)
      return why
    }
    const since = performance.now()
    settings.up(current)
    const why = endError(await current.ended)
    current = undefined
    if (performance.now() - since >= STEADY_MILLISECONDS) failures = 0
    settings.down(why)
    return why
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
