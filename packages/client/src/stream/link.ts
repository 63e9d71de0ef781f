import { WeldmqError } from '../weldmq-error.ts'
import { type Limits, type Question, type ServerFrame, type Statement, decodeFrame } from './frames.ts'
import { openPacer } from './pacer.ts'
import type { OpenSocket, Socket, SocketEnd } from './socket.ts'
import { endError } from './stream-error.ts'

/** One connection from its welcome to its end. */
export type Link = {
  readonly limits: Limits
  /** Resolves with the frame that answers, which may be an `error`; rejects when the connection ends before. */
  ask(question: Question): Promise<ServerFrame>
  tell(statement: Statement): void
  /** Milliseconds until something that can wait should be sent. */
  busy(): number
  /** Says goodbye and waits for the other side, but not for long. */
  close(): void
  ended: Promise<SocketEnd>
}

export type LinkSettings = {
  openSocket: OpenSocket
  url: string
  token: string | undefined
  ticket: string | undefined
  /** Ends it, also before there is one. */
  signal: AbortSignal
  /** What answers nothing that was asked. */
  heard(frame: ServerFrame): void
}

const protocol = 'weldmq.v1.json'
const WELCOME_MILLISECONDS = 15_000
const ANSWER_MILLISECONDS = 60_000
const GOODBYE_MILLISECONDS = 2000

/**
 * Resolves with a connection that was welcomed. A server that says nothing for two heartbeats, or does not answer what
 * it was asked, counts as gone.
 */
export async function openLink(settings: LinkSettings): Promise<Link> {
  const { token, ticket } = settings
  if (settings.signal.aborted) throw endError({ code: 1006, reason: 'The stream is closed' })
  const on: { socket?: Socket } = {}
  const pacer = openPacer()
  const pending = new Map<number, { resolve(frame: ServerFrame): void; reject(error: unknown): void; since: number }>()
  let questions = 0
  let lastHeard = performance.now()
  let isPinged = false
  let over = false
  let watch: ReturnType<typeof setInterval> | undefined
  let goodbye: ReturnType<typeof setTimeout> | undefined
  let welcomed: (limits: Limits) => void
  let end: (end: SocketEnd) => void
  const ended = new Promise<SocketEnd>((resolve) => (end = resolve))
  const welcome = new Promise<Limits>((resolve) => (welcomed = resolve))

  function finish(how: SocketEnd) {
    if (over) return
    over = true
    clearTimeout(late)
    clearTimeout(goodbye)
    clearInterval(watch)
    settings.signal.removeEventListener('abort', abandon)
    const error = endError(how)
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
    end(how)
  }

  function giveUp(reason: string) {
    finish({ code: 4410, reason })
    on.socket?.drop()
  }

  function abandon() {
    giveUp('The stream is closed')
  }

  function look(heartbeatMilliseconds: number) {
    const now = performance.now()
    const [oldest] = pending.values()
    if (oldest && now - oldest.since > ANSWER_MILLISECONDS) return giveUp('The server does not answer')
    if (now - lastHeard < heartbeatMilliseconds) return
    // Twice in a row, since the first time may be after a sleep of this machine.
    if (isPinged) return giveUp('The server is silent')
    isPinged = true
    tell({ type: 'ping', t: now })
  }

  function receive(text: unknown) {
    if (over) return
    lastHeard = performance.now()
    isPinged = false
    const frame = decodeFrame(text)
    if (frame === undefined) return
    if (frame.type === 'welcome') {
      clearTimeout(late)
      watch ??= setInterval(look, (frame.heartbeat * 1000) / 2, frame.heartbeat * 1000)
      return welcomed(frame.limits)
    }
    if (frame.type === 'ping') return tell({ type: 'pong', t: frame.t })
    const asked = 're' in frame && typeof frame.re === 'number' ? pending.get(frame.re) : undefined
    if (asked === undefined) return settings.heard(frame)
    pending.delete((frame as { re: number }).re)
    asked.resolve(frame)
  }

  function tell(statement: Statement) {
    if (over) return
    pacer.count()
    on.socket!.send(JSON.stringify(statement))
  }

  const late = setTimeout(() => giveUp('The server did not welcome us'), WELCOME_MILLISECONDS)
  settings.signal.addEventListener('abort', abandon, { once: true })
  const opening = settings.openSocket(
    { url: settings.url, protocol, token: ticket === undefined ? token : undefined },
    {
      opened() {
        if (ticket !== undefined) tell({ type: 'hello', ticket })
        else if (opened.saysToken) tell({ type: 'hello', token: token! })
      },
      received: receive,
      ended: finish,
    },
  )
  opening.catch(() => finish({ code: 1006, reason: 'No socket could be opened' }))
  const opened = await opening
  const { socket } = opened
  on.socket = socket
  if (over) socket.drop()

  const limits = await Promise.race([welcome, ended.then((how) => Promise.reject(endError(how)))])
  return {
    limits,
    ended,
    tell,
    busy: pacer.wait,
    ask(question) {
      if (over) return Promise.reject(endError({ code: 1006, reason: 'The connection has ended' }))
      const id = ++questions
      const text = JSON.stringify({ ...question, id })
      if (text.length * 3 > limits.frame_bytes && bytesOf(text) > limits.frame_bytes) {
        return Promise.reject(
          new WeldmqError(`A frame must be at most ${limits.frame_bytes} bytes`, { status: 413, nothingDone: true }),
        )
      }
      pacer.count()
      socket.send(text)
      return new Promise((resolve, reject) => pending.set(id, { resolve, reject, since: performance.now() }))
    },
    close() {
      if (over) return
      socket.close(1000, '')
      goodbye = setTimeout(() => giveUp('The server did not say goodbye'), GOODBYE_MILLISECONDS)
    },
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length
