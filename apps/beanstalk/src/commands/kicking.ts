import { MAX_32, readId } from '../numbers.ts'
import { command, say, sayOf } from './command.ts'

/** `kick BOUND`: so many buried jobs of the used tube become ready, or delayed ones when none is buried. */
export const kick = command({
  word: 'kick ',
  counts: 'kick',
  scope: 'consume',
  read: readBound,
  run: async ({ session }, bound) => say(await session.kick(bound), (count) => `KICKED ${count}`),
})

/** `kick-job ID`: that buried or delayed job. */
export const kickJob = command({
  word: 'kick-job ',
  scope: 'consume',
  read: readId,
  run: ({ session }, given) =>
    sayOf(
      given,
      (id) => session.kickMessage(id),
      () => 'KICKED',
    ),
})

/** The reference is lax here: blanks of any kind, a `+`, and anything behind the digits (contract A5). */
function readBound(rest: string): number | undefined {
  const digits = /^[ \t\n\v\f]*\+?(\d+)/.exec(rest)?.[1]
  if (digits === undefined || BigInt(digits) > 0xffff_ffff_ffff_ffffn) return undefined
  return Math.min(Number(digits), MAX_32)
}
