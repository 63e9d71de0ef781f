import { type BackOff, fullJitter } from '../back-off.ts'
import { pause } from '../pause.ts'
import { toWireMessage } from '../rest/message-wire.ts'
import type { NewMessage } from '../rest/message.ts'
import type { WeldmqError } from '../weldmq-error.ts'
import { type Acks, openAcks } from './acks.ts'
import type { ServerFrame } from './frames.ts'
import { type Intake, type IntakeSettings, openIntake } from './intake.ts'
import { type KeptLink, keepLink } from './keep-link.ts'
import { type Link, openLink } from './link.ts'
import { openPostbox } from './postbox.ts'
import { growingDelay, openRunner } from './runner.ts'
import { openShelf } from './shelf.ts'
import type { OpenSocket } from './socket.ts'
import { closedError } from './stream-error.ts'
import type { StreamMessage } from './stream-message.ts'
import type { Handler, MessagesOptions, Stream, StreamOptions, SubscribeOptions, Subscription } from './stream.ts'

export type OpenStreamSettings = {
  /** Scheme, host and whatever stands before `/3/`, as for HTTP. */
  url: string
  projectId: string
  token: () => string | Promise<string>
  openSocket: OpenSocket
}

const defaults = { credit: 20, keep: 3600, closeSeconds: 30 }
const subscribeBackOff: BackOff = { baseMilliseconds: 250, capMilliseconds: 10_000 }

/** A subscription as its stream sees it. */
type Line = {
  intake: Intake
  /** Lets what is under way end. */
  close(): Promise<void>
  /** There will be no more; `why` is undefined when it was asked for. */
  end(why?: WeldmqError): void
}

export function openStream(settings: OpenStreamSettings, options: StreamOptions): Stream {
  const lines = new Map<string, Line>()
  const postbox = openPostbox()
  const report = options.onError ?? logError
  let named = 0
  let kept: KeptLink | undefined
  let link: Link | undefined
  let acks = new Map<string, Acks>()
  const linkWaiters = new Set<() => void>()
  let over: WeldmqError | undefined

  function connect() {
    kept ??= keepLink({ open, up, down, failed: finish })
  }

  async function open(signal: AbortSignal): Promise<Link> {
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
  }

  function up(opened: Link) {
    link = opened
    acks = new Map()
    postbox.attach(opened)
    for (const [name, { intake }] of lines) void attach(name, intake, opened)
    for (const tell of linkWaiters) tell()
    options.onConnection?.('open')
  }

  function down(why: WeldmqError) {
    link = undefined
    postbox.detach()
    for (const { intake } of lines.values()) intake.detach(why)
    options.onConnection?.('lost', why)
  }

  function heard(frame: ServerFrame) {
    if ('sub' in frame && frame.sub !== undefined) lines.get(frame.sub)?.intake.hear(frame)
    else if (frame.type === 'going') for (const { intake } of lines.values()) intake.giveBack()
  }

  /** Nothing more can come or go, for this reason. */
  function finish(why: WeldmqError) {
    over ??= why
    postbox.close(over)
    for (const line of lines.values()) line.end(why)
    lines.clear()
    for (const tell of linkWaiters) tell()
  }

  async function attach(name: string, intake: Intake, to: Link): Promise<void> {
    for (let repetition = 0; link === to && lines.get(name)?.intake === intake; repetition++) {
      try {
        return await intake.attach(to)
      } catch (error) {
        const why = error as WeldmqError
        if (link !== to) return // the next connection will be asked
        if (!why.temporary) return endLine(name, why)
        await pause(fullJitter(repetition, subscribeBackOff))
      }
    }
  }

  function endLine(name: string, why?: WeldmqError) {
    const line = lines.get(name)
    lines.delete(name)
    line?.end(why)
  }

  function acksOn(to: Link, queue: string): Acks {
    const known = to === link ? acks.get(queue) : undefined
    const made = known ?? openAcks(to, queue)
    if (to === link) acks.set(queue, made)
    return made
  }

  /** Resolves when there is a connection, when there will be none, or after that time. */
  async function linkWithin(milliseconds: number): Promise<Link | undefined> {
    if (link || over || milliseconds <= 0) return link
    await new Promise<void>((resolve) => {
      const timer = setTimeout(tell, milliseconds)
      function tell() {
        clearTimeout(timer)
        linkWaiters.delete(tell)
        resolve()
      }
      linkWaiters.add(tell)
    })
    return link
  }

  /** Subscribes now, or with the next connection. */
  function openLine(
    queue: string,
    asked: MessagesOptions,
    given: Pick<IntakeSettings, 'arrived' | 'withdraw'>,
    make: (intake: Intake, name: string) => Line,
  ): Line {
    if (over) throw over
    const name = String(++named)
    const { credit = defaults.credit, keep = defaults.keep, creditBytes, timeout } = asked
    const intake = openIntake({
      name,
      queue,
      options: { credit, creditBytes, timeout, keep },
      acksOn: (to) => acksOn(to, queue),
      async nextAcks(withinMilliseconds) {
        const next = await linkWithin(withinMilliseconds)
        return next && acksOn(next, queue)
      },
      ...given,
      ended: (why) => endLine(name, why),
      report,
    })
    const line = make(intake, name)
    lines.set(name, line)
    connect()
    if (link) void attach(name, intake, link)
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
    let end: Line['end']
    const ended = new Promise<void>((resolve, reject) => {
      end = (why) => (why ? reject(why) : resolve())
    })
    if (options.onError) ended.catch((why) => options.onError!(why))
    const line = openLine(queue, asked, { arrived: runner.take, withdraw: runner.withdraw }, (intake, name) => ({
      intake,
      async close() {
        await intake.drain({ touch: true })
        await runner.idle()
        endLine(name)
      },
      end,
    }))
    return { queue, close: line.close, ended }
  }

  function messages(queue: string, asked: MessagesOptions = {}): AsyncIterableIterator<StreamMessage, undefined> {
    const shelf = openShelf()
    const line = openLine(queue, asked, { arrived: shelf.put, withdraw: shelf.withdraw }, (intake, name) => ({
      intake,
      async close() {
        shelf.end()
        await intake.drain({ touch: true })
        endLine(name)
      },
      end: shelf.end,
    }))
    const iterator: AsyncIterableIterator<StreamMessage, undefined> = {
      next: shelf.next,
      async return() {
        shelf.end()
        // What was handed out stays the caller's, but only until its time is over: nobody may ever finish it.
        void line.intake.drain({ touch: false }).then(() => line.close())
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
    connect()
    const ids = await postbox.post(queue, list.map(toWireMessage), idempotencyKey, signal)
    return Array.isArray(posted) ? ids : ids[0]!
  }

  async function close({ withinSeconds = defaults.closeSeconds } = {}): Promise<void> {
    const draining = [...lines.values()].map((line) => line.close())
    const late = new AbortController()
    const finished = Promise.all([...draining, postbox.empty()]).then(() => late.abort())
    await Promise.race([finished, pause(withinSeconds * 1000, late.signal).catch(() => {})])
    const why = closedError()
    over ??= why
    for (const { intake } of lines.values()) intake.drop(why)
    await kept?.stop()
    finish(why)
  }

  return { subscribe, messages, post: post as Stream['post'], close }
}

/** Errors that nobody listens for must not be lost: a handler that always throws would never be noticed. */
function logError(error: unknown, message?: StreamMessage): void {
  // oxlint-disable-next-line no-console
  console.error(message ? `WeldMQ message ${message.id}:` : 'WeldMQ:', error)
}
