import { faultsNamed } from '../db/faults.ts'
import type { NewRow } from '../line/rows.ts'
import { storeRows } from '../messages/post.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { pauseQueue } from './describe.sql.ts'
import { describeMessage, describeProject, describeQueue } from './describe.ts'
import { buryForSession, deleteForSession, releaseForSession, touchForSession } from './finish.ts'
import { Holds } from './holds.ts'
import { kickForSession, kickMessageForSession, peekForSession, peekNextForSession } from './look.ts'
import { namesOf } from './presence.sql.ts'
import { reserveForSession, reserveMessageForSession } from './reserve.ts'
import type { SessionParts, SessionState } from './session-parts.ts'
import type { Session, SessionMessage } from './session.ts'

/** An idle connection costs a few objects and no statement; there may be tens of thousands, hence methods and no closures. */
export class LiveSession implements Session {
  readonly #parts: SessionParts
  readonly #state: SessionState
  readonly #onClose: (session: Session) => void

  constructor(parts: SessionParts, { project }: { project: string }, onClose: (session: Session) => void) {
    this.#parts = parts
    this.#state = {
      project,
      used: 'default',
      watched: ['default'],
      holds: new Holds(),
      closed: false,
      waits: undefined,
    }
    this.#onClose = onClose
    void parts.presence.enter(project, 'default', 'users')
    void parts.presence.enter(project, 'default', 'watchers')
  }

  get used() {
    return this.#state.used
  }

  get watched() {
    return this.#state.watched
  }

  use(queue: string) {
    return named(async (): Promise<Result<void>> => {
      const { project, used: before } = this.#state
      if (queue === before) return ok(undefined)
      await this.#parts.presence.enter(project, queue, 'users')
      this.#state.used = queue
      await this.#parts.presence.leave(project, before, 'users')
      return ok(undefined)
    })
  }

  watch(queue: string) {
    return named(async (): Promise<Result<number>> => {
      const { project, watched } = this.#state
      if (watched.includes(queue)) return ok(watched.length)
      await this.#parts.presence.enter(project, queue, 'watchers')
      this.#state.watched = [...watched, queue]
      return ok(watched.length + 1)
    })
  }

  ignore(queue: string) {
    return named(async (): Promise<Result<number>> => {
      const { project, watched } = this.#state
      if (!watched.includes(queue)) return ok(watched.length)
      if (watched.length === 1) return refuse({ kind: 'only_watched_queue', queue })
      this.#state.watched = watched.filter((name) => name !== queue)
      await this.#parts.presence.leave(project, queue, 'watchers')
      return ok(watched.length - 1)
    })
  }

  /** As posting, except that the queue it makes vanishes with its last message and user, and no message expires. */
  post(messages: SessionMessage[]) {
    const { project, used: queue } = this.#state
    const rows = messages.map((message): NewRow => ({ ...message, expirationSeconds: -1, pushHeaders: null }))
    return named(() => storeRows(this.#parts, { project, queue }, rows, this.#parts.presence.queueId))
  }

  reserve(command: { waitSeconds: number; signal?: AbortSignal }) {
    return named(() => reserveForSession(this.#parts, this.#state, command))
  }

  reserveMessage(messageId: number) {
    return named(() => reserveMessageForSession(this.#parts, this.#state, messageId))
  }

  delete(messageId: number) {
    return named(() => deleteForSession(this.#parts, this.#state, messageId))
  }

  release(command: { messageId: number; priority: number; delaySeconds: number }) {
    return named(() => releaseForSession(this.#parts, this.#state, command))
  }

  bury(command: { messageId: number; priority: number }) {
    return named(() => buryForSession(this.#parts, this.#state, command))
  }

  touch(messageId: number) {
    return named(() => touchForSession(this.#parts, this.#state, messageId))
  }

  peek(messageId: number) {
    return named(() => peekForSession(this.#parts, this.#state, messageId))
  }

  peekNext(which: 'ready' | 'delayed' | 'buried') {
    return named(() => peekNextForSession(this.#parts, this.#state, which))
  }

  kick(count: number) {
    return named(async () => ok(await kickForSession(this.#parts, this.#state, count)))
  }

  kickMessage(messageId: number) {
    return named(() => kickMessageForSession(this.#parts, this.#state, messageId))
  }

  pause({ queue, seconds }: { queue: string; seconds: number }) {
    return named(async (): Promise<Result<void>> => {
      const { sql, directory, presence, signals } = this.#parts
      const { project } = this.#state
      const queueId = await (queue === 'default' ? presence.queueId : directory.find)(project, queue)
      const paused = queueId === undefined ? [] : await pauseQueue(sql, { queueId, seconds })
      if (paused.length === 0) {
        directory.forget(project, queue)
        return refuse({ kind: 'queue_not_found', queue })
      }
      if (seconds === 0) signals.ready(queueId!, Number.MAX_SAFE_INTEGER)
      return ok(undefined)
    })
  }

  queues() {
    return named(async () => {
      const { sql, presence } = this.#parts
      const { project } = this.#state
      await presence.sweep(project)
      const stored = (await namesOf(sql, project)).map((row) => row.name)
      return [...new Set([...stored, ...presence.namesOf(project), 'default'])].sort(byBytes)
    })
  }

  describeMessage(messageId: number) {
    return named(() => describeMessage(this.#parts, this.#state, messageId))
  }

  describeQueue(queue: string) {
    return named(() => describeQueue(this.#parts, this.#state, queue))
  }

  describeProject() {
    return named(() => describeProject(this.#parts, this.#state))
  }

  async close() {
    const { project, used, watched, holds } = this.#state
    if (this.#state.closed) return
    this.#state.closed = true
    this.#state.waits?.abort()
    this.#onClose(this)
    const held = holds.entries().map(([messageId, hold]) => ({ project, messageId, hold, as: 'return' as const }))
    holds.clear()
    await this.#parts.returns.giveBack(held)
    const left = [this.#parts.presence.leave(project, used, 'users')]
    for (const queue of watched) left.push(this.#parts.presence.leave(project, queue, 'watchers'))
    // What the database could not be told is swept later.
    await Promise.allSettled(left)
  }
}

const named = <T>(work: () => Promise<T>): Promise<T> => faultsNamed(work)()

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
