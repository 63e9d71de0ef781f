import { pause } from '../pause.ts'
import { toWireMessage } from '../rest/message-wire.ts'
import type { NewMessage } from '../rest/message.ts'
import type { WeldmqError } from '../weldmq-error.ts'
import { type IntakeSettings, openIntake } from './intake.ts'
import { openLink } from './link.ts'
import { openPostbox } from './postbox.ts'
import { growingDelay, openRunner } from './runner.ts'
import { openShelf } from './shelf.ts'
import type { OpenSocket } from './socket.ts'
import { closedError } from './stream-error.ts'
import type { StreamMessage } from './stream-message.ts'
import type {
  Handler,
  MessagesOptions,
  Stream,
  StreamOptions,
  SubscribeOptions,
  Subscription,
  TailHandler,
} from './stream.ts'
import { type Line, openSwitchboard } from './switchboard.ts'
import { openTail } from './tail.ts'

export type OpenStreamSettings = {
  /** Scheme, host and whatever stands before `/3/`, as for HTTP. */
  url: string
  projectId: string
  token: () => string | Promise<string>
  /** The next token may be another one. */
  renewsToken: boolean
  openSocket: OpenSocket
}

const defaults = { credit: 20, creditBytes: 16_777_216, keep: 3600, closeSeconds: 30 }

export function openStream(settings: OpenStreamSettings, options: StreamOptions): Stream {
  const report = safely(options.onError ?? logError)
  const postbox = openPostbox()
  let named = 0
  const switchboard = openSwitchboard({
    postbox,
    onConnection: safely(options.onConnection ?? (() => {})),
    renews: options.ticket === undefined ? settings.renewsToken : typeof options.ticket === 'function',
    async open(signal, heard) {
      const { ticket, tokenInUrl = false } = options
      const token = ticket === undefined ? await settings.token() : undefined
      const query = tokenInUrl && token !== undefined ? `?oauth=${encodeURIComponent(token)}` : ''
      const base = settings.url.replace(/^http/i, 'ws').replace(/\/+$/, '')
      return openLink({
        openSocket: settings.openSocket,
        url: `${base}/3/projects/${encodeURIComponent(settings.projectId)}/stream${query}`,
        token: tokenInUrl ? undefined : token,
        ticket: typeof ticket === 'function' ? await ticket() : ticket,
        signal,
        heard,
      })
    },
  })

  function openLine(
    queue: string,
    asked: MessagesOptions,
    given: Pick<IntakeSettings, 'arrived' | 'withdraw'> &
      Pick<Line, 'end'> & { idle(): Promise<void>; isLeft(): boolean },
  ): Line {
    const over = switchboard.over()
    if (over) throw over
    const name = String(++named)
    let isOver = false
    const { credit = defaults.credit, keep = defaults.keep, creditBytes, timeout } = asked
    const intake = openIntake({
      name,
      queue,
      options: { credit, creditBytes, timeout, keep },
      acksOn: (link) => switchboard.acksOn(link, queue),
      nextAcks: (withinMilliseconds) => switchboard.nextAcks(queue, withinMilliseconds),
      arrived: given.arrived,
      withdraw: given.withdraw,
      ended: (why) => switchboard.remove(name, why),
      report,
    })
    const line: Line = {
      intake,
      async close({ touch } = { touch: true }) {
        if (touch && given.isLeft()) return // what was handed out there may never be finished
        if (!isOver) await intake.drain({ touch })
        await given.idle()
        switchboard.remove(name)
      },
      end(why) {
        isOver = true
        given.end(why)
      },
    }
    switchboard.add(name, line)
    return line
  }

  function subscribe(queue: string, first: SubscribeOptions | Handler, second?: Handler): Subscription {
    const asked = typeof first === 'function' ? {} : first
    const { concurrency = asked.credit ?? defaults.credit, releaseDelay = growingDelay } = asked
    const runner = openRunner({
      handler: typeof first === 'function' ? first : second!,
      concurrency,
      releaseDelay: typeof releaseDelay === 'number' ? () => releaseDelay : releaseDelay,
      report,
    })
    const { ended, end } = openEnd()
    const line = openLine(queue, asked, {
      arrived: runner.take,
      withdraw: runner.withdraw,
      idle: runner.idle,
      isLeft: () => false,
      end,
    })
    return { queue, close: () => line.close(), ended }
  }

  function tail(queue: string, asked: Pick<MessagesOptions, 'credit' | 'creditBytes'>, handler: TailHandler) {
    const over = switchboard.over()
    if (over) throw over
    const name = String(++named)
    const { credit = defaults.credit, creditBytes = defaults.creditBytes } = asked
    const { ended, end } = openEnd()
    const remove = (why?: WeldmqError) => switchboard.remove(name, why)
    const intake = openTail({ name, queue, credit, creditBytes, handler, ended: remove, report })
    const close = async () => {
      await intake.drain({ touch: false })
      remove()
    }
    switchboard.add(name, { intake, close, end })
    return { queue, close, ended }
  }

  /** The end of a subscription, as a promise: nobody has to listen to it who listens to errors. */
  function openEnd() {
    let end: Line['end'] = () => {}
    const ended = new Promise<void>((resolve, reject) => {
      end = (why?: WeldmqError) => (why ? reject(why) : resolve())
    })
    if (options.onError) ended.catch((why) => report(why))
    return { ended, end }
  }

  function messages(queue: string, asked: MessagesOptions = {}): AsyncIterableIterator<StreamMessage, undefined> {
    const shelf = openShelf()
    let isLeft = false
    const line = openLine(queue, asked, {
      arrived: shelf.put,
      withdraw: shelf.withdraw,
      idle: async () => shelf.end(),
      isLeft: () => isLeft,
      end: shelf.end,
    })
    const iterator: AsyncIterableIterator<StreamMessage, undefined> = {
      next: shelf.next,
      async return() {
        isLeft = true
        shelf.end()
        // What was handed out stays the caller's, but only until its time is over: nobody may ever finish it.
        void line.close({ touch: false })
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  async function post(
    queue: string,
    posted: string | NewMessage | readonly (string | NewMessage)[],
    { idempotencyKey, signal }: { idempotencyKey?: string; signal?: AbortSignal | undefined } = {},
  ) {
    const list = [posted].flat() as (string | NewMessage)[]
    switchboard.connect()
    const ids = await postbox.post(queue, list.map(toWireMessage), idempotencyKey, signal)
    return Array.isArray(posted) ? ids : ids[0]!
  }

  async function close({ withinSeconds = defaults.closeSeconds } = {}): Promise<void> {
    const lines = switchboard.lines()
    const late = new AbortController()
    const finished = Promise.all([...lines.map((line) => line.close()), postbox.empty()]).then(() => late.abort())
    await Promise.race([finished, pause(withinSeconds * 1000, late.signal).catch(() => {})])
    const why = closedError()
    for (const { intake } of switchboard.lines()) intake.drop(why)
    await switchboard.stop(why)
  }

  return { subscribe, messages, tail, post: post as Stream['post'], close }
}

/** What the caller's own functions throw is an unhandled rejection of theirs, and no harm to us. */
const safely =
  <A extends unknown[]>(tell: (...args: A) => void) =>
  (...args: A): void => {
    try {
      tell(...args)
    } catch (error) {
      void Promise.reject(error)
    }
  }

/** Errors that nobody listens for must not be lost: a handler that always throws would never be noticed. */
function logError(error: unknown, message?: StreamMessage): void {
  // oxlint-disable-next-line no-console
  console.error(message ? `WeldMQ message ${message.id}:` : 'WeldMQ:', error)
}
