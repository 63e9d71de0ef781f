import type { Access, Core } from '@weldmq/queue-core'
import type { Log } from './log.ts'

/** What somebody was let in with: a token, or the id of the token that its ticket was made with. */
export type HeldToken = { token: { secret: string } | { id: string }; project: string }

/**
 * Between two looks at the tokens of those who stay. What an answer about a token may be old comes on top: one that is
 * revoked ends what was let in with it within 5 s (security row 8).
 */
export const TOKEN_RECHECK_MILLISECONDS = 1000

/** Tokens asked for together, which share statements. */
const AT_ONCE = 1000

export type TokenRecheck<Holder> = {
  core: Pick<Core, 'authorize' | 'findAccess'>
  log: Log
  /** What is ended, for the log: `beanstalk connections`. */
  what: string
  /** Everybody who is in now. */
  holders: Iterable<Holder>
  /** Undefined for those who are in without a token, or are not in yet. */
  heldBy(holder: Holder): HeldToken | undefined
  /** Called for each whose token is revoked, has run out, or whose project is gone. */
  end(holder: Holder): void
  everyMilliseconds?: number
}

/**
 * Asks again and again for each token that somebody stays with, and ends those whose token is no longer valid. While the
 * database cannot say, they stay.
 */
export function recheckTokens<Holder>(options: TokenRecheck<Holder>): { stop(): void } {
  const { core, log, what, holders, heldBy, end, everyMilliseconds = TOKEN_RECHECK_MILLISECONDS } = options
  let running = false

  const accessOf = ({ token, project }: HeldToken): Promise<Access | undefined> =>
    'secret' in token ? core.authorize(token.secret, project) : core.findAccess({ tokenId: token.id, project })

  async function check({ held, by }: Group<Holder>): Promise<void> {
    if (await accessOf(held)) return
    for (const holder of by) end(holder)
    log.info({ count: by.length }, `${what} ended: their token is no longer valid`)
  }

  async function recheck(): Promise<void> {
    const groups = [...byToken(holders, heldBy)]
    for (let at = 0; at < groups.length; at += AT_ONCE) await Promise.all(groups.slice(at, at + AT_ONCE).map(check))
  }

  const timer = setInterval(() => {
    if (running) return
    running = true
    recheck()
      .catch((fault: unknown) => log.warn({ err: fault }, `the tokens of ${what} could not be checked`))
      .finally(() => (running = false))
  }, everyMilliseconds)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

type Group<Holder> = { held: HeldToken; by: Holder[] }

function byToken<Holder>(holders: Iterable<Holder>, heldBy: TokenRecheck<Holder>['heldBy']): Iterable<Group<Holder>> {
  const groups = new Map<string, Group<Holder>>()
  for (const holder of holders) {
    const held = heldBy(holder)
    if (!held) continue
    const key = `${held.project} ${'secret' in held.token ? `secret ${held.token.secret}` : `id ${held.token.id}`}`
    const group = groups.get(key)
    if (group) group.by.push(holder)
    else groups.set(key, { held, by: [holder] })
  }
  return groups.values()
}
