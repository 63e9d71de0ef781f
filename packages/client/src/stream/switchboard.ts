import { type BackOff, fullJitter } from '../back-off.ts'
import { pause } from '../pause.ts'
import type { WeldmqError } from '../weldmq-error.ts'
import { type Acks, openAcks } from './acks.ts'
import type { ServerFrame } from './frames.ts'
import type { Intake } from './intake.ts'
import { type KeptLink, keepLink } from './keep-link.ts'
import type { Link } from './link.ts'
import type { Postbox } from './postbox.ts'
import type { ConnectionState } from './stream.ts'

/** A subscription as the connection sees it. */
export type Line = {
  intake: Intake
  /** Lets what is under way end, holding it by touches if so asked, and hangs up. */
  close(options?: { touch: boolean }): Promise<void>
  /** There will be no more; `why` is undefined when it was asked for. */
  end(why?: WeldmqError): void
}

export type SwitchboardSettings = {
  open(signal: AbortSignal, heard: (frame: ServerFrame) => void): Promise<Link>
  /** As `keepLink` has it. */
  renews: boolean
  postbox: Postbox
  onConnection(state: ConnectionState, why?: WeldmqError): void
}

/** Connects the subscriptions and the posts of a stream with the one connection that there is, or will be. */
export type Switchboard = {
  /** Opens the connection, if nobody has yet, and subscribes on it. */
  add(name: string, line: Line): void
  connect(): void
  /** The subscription is over. */
  remove(name: string, why?: WeldmqError): void
  lines(): Line[]
  acksOn(link: Link, queue: string): Acks
  /** Those of the connection there is, or of the next one within that time. */
  nextAcks(queue: string, withinMilliseconds: number): Promise<Acks | undefined>
  /** Why there will be no connection any more. */
  over(): WeldmqError | undefined
  /** Hangs up for good. */
  stop(why: WeldmqError): Promise<void>
}

const backOff: BackOff = { baseMilliseconds: 250, capMilliseconds: 10_000 }

export function openSwitchboard({ open, renews, postbox, onConnection }: SwitchboardSettings): Switchboard {
  const lines = new Map<string, Line>()
  const waiting = new Set<() => void>()
  let kept: KeptLink | undefined
  let link: Link | undefined
  let acks = new Map<string, Acks>()
  let over: WeldmqError | undefined

  function connect() {
    if (over) return
    kept ??= keepLink({
      open: (signal) => open(signal, heard),
      renews,
      up,
      down,
      unopened: (why) => onConnection('failed', why),
      failed: (why) => finish(why, why),
    })
  }

  function up(opened: Link) {
    link = opened
    acks = new Map()
    postbox.attach(opened)
    for (const [name, line] of lines) void attach(name, line, opened)
    for (const tell of waiting) tell()
    onConnection('open')
  }

  function down(why: WeldmqError) {
    link = undefined
    postbox.detach()
    for (const { intake } of lines.values()) intake.detach(why)
    onConnection('lost', why)
  }

  function heard(frame: ServerFrame) {
    if ('sub' in frame && frame.sub !== undefined) lines.get(frame.sub)?.intake.hear(frame)
    else if (frame.type === 'going') for (const { intake } of lines.values()) intake.giveBack()
  }

  /** Nothing more can come or go, for this reason, which is an error to the subscriptions unless it was asked for. */
  function finish(why: WeldmqError, error?: WeldmqError) {
    over ??= why
    postbox.close(over)
    for (const line of lines.values()) line.end(error)
    lines.clear()
    for (const tell of waiting) tell()
  }

  async function attach(name: string, line: Line, to: Link): Promise<void> {
    for (let repetition = 0; link === to && lines.get(name) === line; repetition++) {
      try {
        return await line.intake.attach(to)
      } catch (error) {
        const why = error as WeldmqError
        if (link !== to) return // the next connection will be asked
        if (!why.temporary) return remove(name, why)
        await pause(fullJitter(repetition, backOff))
      }
    }
  }

  function remove(name: string, why?: WeldmqError) {
    const line = lines.get(name)
    lines.delete(name)
    line?.end(why)
  }

  function acksOn(to: Link, queue: string): Acks {
    if (to !== link) return openAcks(to, queue)
    const known = acks.get(queue) ?? openAcks(to, queue)
    acks.set(queue, known)
    return known
  }

  function nextLink(withinMilliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(tell, withinMilliseconds)
      function tell() {
        clearTimeout(timer)
        waiting.delete(tell)
        resolve()
      }
      waiting.add(tell)
    })
  }

  return {
    add(name, line) {
      lines.set(name, line)
      connect()
      if (link) void attach(name, line, link)
    },
    connect,
    remove,
    lines: () => [...lines.values()],
    acksOn,
    async nextAcks(queue, withinMilliseconds) {
      if (!link && !over && withinMilliseconds > 0) await nextLink(withinMilliseconds)
      return link && acksOn(link, queue)
    },
    over: () => over,
    async stop(why) {
      over ??= why
      await kept?.stop()
      finish(why)
    },
  }
}
