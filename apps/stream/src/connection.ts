import type { Socket } from 'node:net'
import type { Core, Scope, Stream } from '@weldmq/queue-core'
import { Unavailable } from '@weldmq/queue-core'
import type { HeldToken, Log } from '@weldmq/service-kit'
import type { WebSocket } from 'ws'
import { closeCodes } from './close-codes.ts'
import type { Credentials, Gate } from './gate.ts'
import type { Handler } from './frames/handler.ts'
import { findHandler } from './frames/table.ts'
import type { StreamLimits } from './limits.ts'
import type { LiveSubscription } from './live-subscription.ts'
import type { StreamMetrics } from './metrics.ts'
import { PostsInOrder } from './posts-in-order.ts'
import { type Frame, readFrame, reOf } from './read-frame.ts'
import { type Problem, problemOfFault } from './refusals.ts'
import type { Shares } from './shares.ts'
import { type Re, frame } from './write-frame.ts'

/** What the connections of a door share. */
export type Shared = {
  core: Core
  gate: Gate
  shares: Shares
  limits: StreamLimits
  /** Of one message that is posted. */
  maxBodyBytes: number
  log: Log
  metrics: StreamMetrics
  onOpen(connection: Connection): void
  onEnd(connection: Connection): void
}

/** Who a connection turned out to be. */
export type Bearer = {
  token: HeldToken['token']
  scopes: ReadonlySet<Scope>
  /** The only queue that it may name; any when undefined. */
  queue: string | undefined
}

/**
 * One WebSocket: frames in, frames out, and how it ends. There may be tens of thousands of them that do nothing: no
 * timer of its own once it is known, and methods instead of closures.
 */
export class Connection {
  readonly shared: Shared
  readonly project: string
  readonly id: string
  readonly subscriptions = new Map<string, LiveSubscription>()
  bearer: Bearer | undefined
  readonly posts: PostsInOrder
  #stream: Stream | undefined
  readonly #socket: WebSocket
  #helloTimer: NodeJS.Timeout | undefined
  /** Frames that came while it was looked at who it is: those that were read together with its hello. */
  #early: [Buffer, boolean][] | undefined
  #over = false
  #going = false
  #heard = true
  #missed = 0
  #underWay = 0
  #bytesUnderWay = 0
  /** Of the frames counted now. */
  #second = 0
  #framesInSecond = 0
  /** Since when what waits for the client is more than half of what may. */
  #fullSince: number | undefined
  /** Some of what waited has gone. One function for all frames. */
  readonly #onSent = () => {
    if (this.#over || this.#fullSince === undefined) return
    if (this.#socket.bufferedAmount > this.shared.limits.bufferBytes / 4) return
    this.#fullSince = undefined
    this.#readOn()
    for (const { handle } of this.subscriptions.values()) handle?.resume()
  }

  constructor(shared: Shared, given: { socket: WebSocket; project: string; id: string }) {
    this.shared = shared
    this.project = given.project
    this.posts = new PostsInOrder(shared.core, given.project)
    this.id = given.id
    this.#socket = given.socket
    given.socket.on('message', (bytes, isBinary) => this.#read(bytes as Buffer, isBinary))
    given.socket.on('pong', () => this.#isHeard())
    given.socket.on('ping', () => this.#isHeard())
    given.socket.on('error', () => this.#drop()) // 'close' follows, but not before the peer has answered ours
    given.socket.on('close', () => this.#end())
  }

  /** Lets it in with what the upgrade brought, or waits for a `hello`. */
  arrive(credentials: Credentials | undefined, raw: Socket): void {
    if (credentials) {
      void this.logIn(credentials, undefined)
      return
    }
    const { helloMilliseconds, helloBytes } = this.shared.limits
    this.#helloTimer = setTimeout(() => this.close(closeCodes.notAuthenticated, 'no hello in time'), helloMilliseconds)
    let bytes = 0
    const count = (chunk: Buffer) => {
      bytes += chunk.length
      // It has said hello, or has been closed.
      if (this.#helloTimer === undefined) raw.off('data', count)
      else if (bytes > helloBytes) {
        this.close(closeCodes.notAuthenticated, 'the first frame is hello')
        this.#socket.pause() // or the rest of its frame would be gathered while it is waited for
      }
    }
    raw.on('data', count)
  }

  /** Closes it, or answers `welcome`: the first frame of all. What comes meanwhile stays in the socket. */
  async logIn(credentials: Credentials, re: Re): Promise<void> {
    const { gate, shares, limits, core } = this.shared
    clearTimeout(this.#helloTimer)
    this.#helloTimer = undefined
    this.#socket.pause()
    this.#early = []
    try {
      const verdict = await gate.judge(credentials, this.project)
      if (this.#over) return
      if ('code' in verdict) {
        this.close(verdict.code, verdict.why)
        return
      }
      // Not before: a stranger learns nothing of a project, and takes none of its room.
      if (!shares.enter(this.project)) {
        this.close(closeCodes.tooMany, `a project may have ${limits.connectionsPerProject} connections here`)
        return
      }
      this.bearer = verdict
    } catch (fault) {
      if (!(fault instanceof Unavailable)) this.shared.log.error({ err: fault }, 'a stream could not be let in')
      if (fault instanceof Unavailable) this.close(closeCodes.overloaded, 'the database is away')
      else this.close(closeCodes.internalError, 'internal error')
      return
    }
    this.#stream = core.openStream({ project: this.project })
    this.send(
      frame('welcome', re, {
        connection: this.id,
        heartbeat: limits.heartbeatSeconds,
        limits: {
          frame_bytes: limits.frameBytes,
          credit: limits.credit,
          credit_bytes: limits.creditBytes,
          subscriptions: limits.subscriptions,
          posts_in_flight: limits.postsInFlight,
        },
      }),
    )
    this.shared.onOpen(this)
    const early = this.#early
    this.#early = undefined
    for (const [bytes, isBinary] of early) this.#read(bytes, isBinary)
    this.#socket.resume()
  }

  /** Only once it is known who it is. */
  get stream(): Stream {
    return this.#stream!
  }

  get waitingBytes(): number {
    return this.#socket.bufferedAmount
  }

  /** What may be sent of messages now, in bytes; some is always left for answers. */
  room(): number {
    if (this.#over || this.#going || this.#socket.readyState !== this.#socket.OPEN) return 0
    const room = this.shared.limits.bufferBytes / 2 - this.#socket.bufferedAmount
    if (room <= 0) this.#fullSince ??= performance.now()
    return room
  }

  send(text: string): void {
    if (this.#over) return
    this.#socket.send(text, this.#onSent)
    if (this.#socket.bufferedAmount <= this.shared.limits.bufferBytes) return
    // Somebody who does not read what we answer is not read either.
    this.#fullSince ??= performance.now()
    this.#socket.pause()
  }

  sendMessages(text: string, count: number): void {
    if (this.#over) return
    this.shared.metrics.delivered(count)
    this.#socket.send(text, this.#onSent)
  }

  fail(re: Re, problem: Problem, more: Record<string, unknown> = {}): void {
    const { code, msg, temporary, retryAfterSeconds } = problem
    this.shared.metrics.refused(code)
    this.send(frame('error', re, { ...more, code, msg, temporary, retry_after: retryAfterSeconds }))
  }

  /** The rest is for nobody: what it holds goes back at once, without waiting for the peer. */
  close(code: number, why: string): void {
    if (this.#over) return
    this.#socket.close(code, why)
    this.#socket.resume() // for the peer's answer
    this.shared.metrics.closed(code)
    this.#drop()
  }

  /** Once in a heartbeat: is anybody there, and does the client read? */
  beat(now: number): void {
    const { slowMilliseconds, heartbeatsMissed } = this.shared.limits
    if (this.#fullSince !== undefined && now - this.#fullSince >= slowMilliseconds) {
      this.close(closeCodes.slowReader, 'what was sent is not read')
      return
    }
    // A connection that we do not read cannot be heard.
    if (this.#heard || this.#socket.isPaused) this.#missed = 0
    else if (++this.#missed >= heartbeatsMissed) {
      this.close(closeCodes.heartbeatMissed, 'no sign of life')
      return
    }
    this.#heard = false
    this.#socket.ping()
    for (const subscription of this.subscriptions.values()) subscription.beat()
  }

  /** A planned stop: nothing more is handed out, and it closes once nothing is held or under way, or when told to. */
  go(inSeconds: number): void {
    if (this.#over) return
    this.#going = true
    if (!this.#stream) return this.close(closeCodes.leaving, 'stopping')
    const isFinished = this.#stream.drain()
    this.send(frame('going', undefined, { in: inSeconds, why: 'stopping' }))
    void isFinished.then(() => this.#leaveWhenDone())
  }

  /** The end of the time that a planned stop leaves. */
  leave(): void {
    this.close(closeCodes.restarting, 'stopping')
  }

  #leaveWhenDone(): void {
    if (this.#going && this.#underWay === 0 && (this.#stream?.held ?? 0) === 0)
      this.close(closeCodes.leaving, 'stopping')
  }

  #read(bytes: Buffer, isBinary: boolean): void {
    if (this.#over) return
    if (this.#early) {
      this.#early.push([bytes, isBinary])
      return
    }
    if (!this.#isHeard()) return
    const { metrics } = this.shared
    const read = isBinary ? 'Frames are text' : readFrame(bytes)
    if (typeof read === 'string') {
      this.close(closeCodes.brokenFrame, read)
      return
    }
    if (!this.bearer && read.type !== 'hello') {
      this.close(closeCodes.notAuthenticated, 'the first frame is hello')
      return
    }
    const handle = findHandler(read.type)
    if (!handle) {
      this.close(closeCodes.brokenFrame, 'unknown type')
      return
    }
    metrics.received(read.type)
    const re = reOf(read)
    if (re === null) {
      this.fail(undefined, {
        code: 'invalid',
        msg: 'id must be a number, no whole one beyond 2^53, or a string of at most 64 bytes',
        temporary: false,
      })
      return
    }
    void this.#work(handle, read, re, bytes.length)
  }

  async #work(handle: Handler, read: Frame, re: Re, bytes: number): Promise<void> {
    const { framesUnderWay, bufferBytes } = this.shared.limits
    this.#underWay++
    this.#bytesUnderWay += bytes
    if (this.#underWay > framesUnderWay || this.#bytesUnderWay > bufferBytes) this.#socket.pause()
    try {
      await handle(this, read, re)
    } catch (fault) {
      if (fault instanceof Unavailable) this.shared.log.warn({ err: fault, type: read.type }, 'the database is away')
      else this.shared.log.error({ err: fault, type: read.type }, 'a frame failed')
      this.fail(re, problemOfFault(fault))
    }
    this.#underWay--
    this.#bytesUnderWay -= bytes
    this.#readOn()
    if (this.#going) this.#leaveWhenDone()
  }

  /** A sign of life, which counts as a frame; false when there are too many. */
  #isHeard(): boolean {
    if (this.#over) return false
    this.#heard = true
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#framesInSecond = 0
    }
    if (++this.#framesInSecond <= this.shared.limits.framesPerSecond) return true
    this.close(closeCodes.tooMany, 'too many frames per second')
    return false
  }

  #readOn(): void {
    if (this.#over || !this.#socket.isPaused || !this.bearer) return
    const { framesUnderWay, bufferBytes } = this.shared.limits
    if (this.#underWay > framesUnderWay / 2 || this.#bytesUnderWay > bufferBytes / 2) return
    if (this.#socket.bufferedAmount > bufferBytes) return
    this.#socket.resume()
  }

  #end(): void {
    this.#drop()
    if (this.bearer) this.shared.shares.leave(this.project)
    this.shared.onEnd(this)
  }

  /** Gives back what it holds; the socket may still be waiting for the peer to close. */
  #drop(): void {
    this.#over = true
    clearTimeout(this.#helloTimer)
    this.#helloTimer = undefined
    this.subscriptions.clear()
    const stream = this.#stream
    if (!stream) return
    this.#stream = undefined
    stream.close().catch((fault: unknown) => this.shared.log.error({ err: fault }, 'a stream could not be closed'))
  }
}
