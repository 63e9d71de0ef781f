import { faultsNamed } from '../db/faults.ts'
import type { NewRow } from '../line/line.ts'
import { storeRows } from '../messages/post.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { pauseQueue } from './describe.sql.ts'
import { describeMessage, describeProject, describeQueue } from './describe.ts'
import { buryForSession, deleteForSession, releaseForSession, touchForSession } from './finish.ts'
import { createHolds } from './holds.ts'
import { kickForSession, kickMessageForSession, peekForSession, peekNextForSession } from './look.ts'
import { namesOf } from './presence.sql.ts'
import { reserveForSession, reserveMessageForSession } from './reserve.ts'
import type { SessionParts, SessionState } from './session-parts.ts'
import type { Session, SessionMessage } from './session.ts'

/** Costs nothing until it is used: an idle connection is a few objects. */
export function openSession(parts: SessionParts, { project }: { project: string }, onClose: () => void): Session {
  const state: SessionState = {
    project,
    used: 'default',
    watched: ['default'],
    holds: createHolds(),
    closed: new AbortController(),
  }
  const { presence } = parts
  void presence.enter(project, 'default', 'users')
  void presence.enter(project, 'default', 'watchers')

  return {
    get used() {
      return state.used
    },
    get watched() {
      return state.watched
    },
    use: faultsNamed(async (queue) => {
      const before = state.used
      if (queue === before) return ok(undefined)
      await presence.enter(project, queue, 'users')
      state.used = queue
      await presence.leave(project, before, 'users')
      return ok(undefined)
    }),
    watch: faultsNamed(async (queue) => {
      if (!state.watched.includes(queue)) {
        await presence.enter(project, queue, 'watchers')
        state.watched = [...state.watched, queue]
      }
      return ok(state.watched.length)
    }),
    ignore: faultsNamed(async (queue) => {
      if (state.watched.includes(queue)) {
        if (state.watched.length === 1) return refuse({ kind: 'only_watched_queue', queue })
        state.watched = state.watched.filter((name) => name !== queue)
        await presence.leave(project, queue, 'watchers')
      }
      return ok(state.watched.length)
    }),

    post: faultsNamed((messages) => post(parts, state, messages)),
    reserve: faultsNamed((command) => reserveForSession(parts, state, command)),
    reserveMessage: faultsNamed((messageId) => reserveMessageForSession(parts, state, messageId)),
    delete: faultsNamed((messageId) => deleteForSession(parts, state, messageId)),
    release: faultsNamed((command) => releaseForSession(parts, state, command)),
    bury: faultsNamed((command) => buryForSession(parts, state, command)),
    touch: faultsNamed((messageId) => touchForSession(parts, state, messageId)),
    peek: faultsNamed((messageId) => peekForSession(parts, state, messageId)),
    peekNext: faultsNamed((which) => peekNextForSession(parts, state, which)),
    kick: faultsNamed(async (count) => ok(await kickForSession(parts, state, count))),
    kickMessage: faultsNamed((messageId) => kickMessageForSession(parts, state, messageId)),
    pause: faultsNamed(async ({ queue, seconds }) => {
      const queueId = await (queue === 'default' ? presence.queueId : parts.directory.find)(project, queue)
      const paused = queueId === undefined ? [] : await pauseQueue(parts.sql, { queueId, seconds })
      if (paused.length === 0) {
        parts.directory.forget(project, queue)
        return refuse({ kind: 'queue_not_found', queue })
      }
      if (seconds === 0) parts.signals.ready(queueId!, Number.MAX_SAFE_INTEGER)
      return ok(undefined)
    }),

    queues: faultsNamed(async () => {
      await presence.sweep(project)
      const stored = (await namesOf(parts.sql, project)).map((row) => row.name)
      return [...new Set([...stored, ...presence.namesOf(project), 'default'])].sort(byBytes)
    }),
    describeMessage: faultsNamed((messageId) => describeMessage(parts, state, messageId)),
    describeQueue: faultsNamed((queue) => describeQueue(parts, state, queue)),
    describeProject: faultsNamed(() => describeProject(parts, state)),

    async close() {
      if (state.closed.signal.aborted) return
      state.closed.abort()
      onClose()
      const held = state.holds
        .entries()
        .map(([messageId, hold]) => ({ project, messageId, hold, as: 'return' as const }))
      state.holds.clear()
      await parts.returns.giveBack(held)
      const left = [presence.leave(project, state.used, 'users')]
      for (const queue of state.watched) left.push(presence.leave(project, queue, 'watchers'))
      // What the database could not be told is swept later.
      await Promise.allSettled(left)
    },
  }
}

/** As posting, except that the queue it makes vanishes with its last message and user, and that time is its own affair. */
async function post(
  parts: SessionParts,
  { project, used }: SessionState,
  messages: SessionMessage[],
): Promise<Result<number[]>> {
  const rows = messages.map((message): NewRow => ({ ...message, expirationSeconds: -1, pushHeaders: null }))
  return storeRows(parts, { project, queue: used }, rows, parts.presence.queueId)
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
