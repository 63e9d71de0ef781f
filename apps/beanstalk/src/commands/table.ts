import type { Command, CommandKind } from './command.ts'
import { bury, deleteJob, release, touch } from './finishing.ts'
import { kick, kickJob } from './kicking.ts'
import { peek, peekBuried, peekDelayed, peekReady } from './looking.ts'
import { pauseTube } from './pause-tube.ts'
import { reserve, reserveJob, reserveWithTimeout } from './reserving.ts'
import { stats } from './stats.ts'
import { statsJob } from './stats-job.ts'
import { statsTube } from './stats-tube.ts'
import { ignore, listTubeUsed, listTubes, listTubesWatched, use, watch } from './tubes.ts'

/** Every command but `put`, which the parser finds because it has a body, and `quit`, which no handler answers. */
const commands: CommandKind[] = [
  use,
  watch,
  ignore,
  reserve,
  reserveWithTimeout,
  reserveJob,
  deleteJob,
  release,
  bury,
  touch,
  peek,
  peekReady!,
  peekDelayed!,
  peekBuried!,
  kick,
  kickJob,
  pauseTube,
  stats,
  statsJob,
  statsTube,
  listTubes,
  listTubeUsed,
  listTubesWatched,
]

/** By their first letter, longer words first: `reserve-job 5` also begins with `reserve`. */
const byLetter = new Map<string, CommandKind[]>()
for (const kind of commands.toSorted((a, b) => b.word.length - a.word.length)) {
  const letter = kind.word.charAt(0)
  byLetter.set(letter, [...(byLetter.get(letter) ?? []), kind])
}

/** What a line asks for; or the reply, when that is already all there is to say (contract section 4). */
export function findCommand(line: string): Command | 'quit' | 'BAD_FORMAT' | 'UNKNOWN_COMMAND' {
  if (line.startsWith('quit')) return 'quit' // whatever follows (contract A7)
  const kind = byLetter.get(line.charAt(0))?.find(({ word }) => line.startsWith(word))
  if (!kind) return 'UNKNOWN_COMMAND'
  return kind.read(line.slice(kind.word.length)) ?? 'BAD_FORMAT'
}
