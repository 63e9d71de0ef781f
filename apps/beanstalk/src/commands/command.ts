import type { Result, Scope } from '@weldmq/queue-core'
import type { Client } from '../client.ts'
import type { Counted } from '../counts.ts'
import { NO_JOB } from '../numbers.ts'
import { words } from '../refusals.ts'
import type { Reply } from '../reply.ts'

type Definition<Arguments> = {
  /** A line that begins with it is this command's; where two fit, the longer one wins (contract section 4). */
  word: string
  /** Its counter in `stats`; some have none. */
  counts?: Counted
  /** What a token must allow for it. */
  scope?: Scope
  /** What stands behind the word, understood; undefined is `BAD_FORMAT`. */
  read(rest: string): Arguments | undefined
  /** The core's answer in the words of the protocol. Faults are thrown; what refuses answers with `refused`. */
  run(client: Client, given: Arguments): Reply | Promise<Reply>
  /**
   * The job it is about, when it may be under way together with others about other jobs: they commute, and so they can
   * share a statement.
   */
  sharesBy?(given: Arguments): number
}

/** A line that turned out to be a command. */
export type Command = {
  /** For logs and metrics. */
  name: string
  counts: Counted | undefined
  scope: Scope | undefined
  sharesBy: number | undefined
  run(client: Client): Reply | Promise<Reply>
}

export type CommandKind = { word: string; read(rest: string): Command | undefined }

/** A command of the table. */
export function command<Arguments>(definition: Definition<Arguments>): CommandKind {
  const { word, counts, scope } = definition
  const name = word.trimEnd()
  return {
    word,
    read(rest) {
      const given = definition.read(rest)
      if (given === undefined) return undefined
      return {
        name,
        counts,
        scope,
        sharesBy: definition.sharesBy?.(given),
        run: (client) => definition.run(client, given),
      }
    },
  }
}

/** For commands that must match to the last byte. */
export const nothing = (rest: string): true | undefined => (rest === '' ? true : undefined)

/** The reply to what the core said. */
export const say = <T>(result: Result<T>, done: (value: T) => Reply): Reply =>
  result.ok ? done(result.value) : words[result.refusal.kind]

/** The same for a call about one job; one that cannot exist is not asked for. */
export async function sayOf<T>(
  id: number,
  call: (id: number) => Promise<Result<T>>,
  done: (value: T) => Reply,
): Promise<Reply> {
  return id === NO_JOB ? 'NOT_FOUND' : say(await call(id), done)
}
