import type { Reply } from '../conversation.ts'
import { dictionary, isList, list } from './document.ts'

/** Ids of the same job: the reference's and ours, in the order of creation. */
export type Jobs = { reference: string; ours: string }[]

/** Seconds that clocks and rounding may put between the two, beside the time that the commands have taken so far. */
const SECONDS_APART = 2

/** About the process and the machine (section 11.3), or about what the harness itself asks while it waits. */
const OF_THE_PROCESS = new Set([
  ...['pid', 'version', 'rusage-utime', 'rusage-stime', 'uptime', 'hostname', 'os', 'platform', 'file'],
  ...['oldest-index', 'current-index', 'records-migrated', 'records-written', 'max-size'].map((key) => `binlog-${key}`),
  ...['cmd-stats', 'total-connections'],
])
const OF_THE_CLOCK = new Set(['age', 'time-left', 'pause-time-left'])

export type Comparer = {
  jobs: Jobs
  /** Keys of `stats` that say nothing after a line which the gateway counts differently (A11). */
  ignored: Set<string>
  /** What differs, in words; undefined when the two say the same. New jobs are noted. */
  difference(reference: Reply | undefined, ours: Reply | undefined): string | undefined
}

export function createComparer(): Comparer {
  const startedAt = performance.now()
  const jobs: Jobs = []
  const ignored = new Set<string>()

  /** As the reference would say it; an id of ours that is no job's stays as it is. */
  const theirs = (id: string) => jobs.find((job) => job.ours === id)?.reference ?? `${id} (ours, of no job)`

  function difference(reference: Reply | undefined, ours: Reply | undefined): string | undefined {
    if (!reference || !ours) {
      return reference === ours ? undefined : `${say(reference)} and ${say(ours)}`
    }
    const [word, id] = reference.line.split(' ')
    const [ourWord, ourId] = ours.line.split(' ')
    const differs = `${say(reference)} and ${say(ours)}`
    if (word !== ourWord) return differs

    if (word === 'INSERTED') {
      const last = jobs.at(-1)
      jobs.push({ reference: id!, ours: ourId! })
      return last && BigInt(ourId!) <= BigInt(last.ours) ? `the id ${ourId} after ${last.ours} (7.3)` : undefined
    }
    if (word === 'RESERVED' || word === 'FOUND') {
      const same = id === theirs(ourId!) && reference.body!.equals(ours.body!)
      return same ? undefined : `${differs}, which is job ${theirs(ourId!)}`
    }
    if (word === 'OK') return documents(reference.body!, ours.body!)
    return reference.line === ours.line ? undefined : differs
  }

  function documents(reference: Buffer, ours: Buffer): string | undefined {
    if (isList(reference) || isList(ours)) {
      const [theirNames, ourNames] = [list(reference).join(' '), list(ours).join(' ')]
      return theirNames === ourNames ? undefined : `lists ${theirNames} and ${ourNames}`
    }
    const [theirLines, ourLines] = [dictionary(reference), dictionary(ours)]
    const [theirKeys, ourKeys] = [theirLines, ourLines].map((lines) => lines.map(([key]) => key).join(' '))
    if (theirKeys !== ourKeys) return `keys ${theirKeys} and ${ourKeys}`

    const ofServer = theirKeys!.includes(' pid ')
    // One of the two may have stood still for a while, on a machine that does other things.
    const apart = SECONDS_APART + (performance.now() - startedAt) / 1000
    const different = theirLines.flatMap(([key, value], i) => {
      const our = ourLines[i]![1]
      if (OF_THE_PROCESS.has(key) || (ofServer && (key === 'id' || ignored.has(key)))) return []
      const same = OF_THE_CLOCK.has(key)
        ? Math.abs(Number(value) - Number(our)) <= apart
        : value === (key === 'id' ? theirs(our) : our)
      return same ? [] : [`${key}: ${value} and ${our}`]
    })
    return different.length === 0 ? undefined : `in a document, ${different.join('; ')}`
  }

  return { jobs, ignored, difference }
}

function say(reply: Reply | undefined): string {
  if (!reply) return 'the end of the connection'
  return reply.body ? `${reply.line} ${JSON.stringify(reply.body.toString('latin1').slice(0, 100))}` : reply.line
}
