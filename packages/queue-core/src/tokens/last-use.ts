import { limits } from '../limits.ts'

/** Collects which tokens were used and writes them down in batches; nobody waits for it. */
export type LastUse = {
  /** What the database knows: this token's last written use is this long ago. */
  learn(tokenId: string, idleMilliseconds: number): void
  /** This token was used now. */
  note(tokenId: string): void
  /** Writes what is left. */
  stop(): Promise<void>
}

/** Gathers the uses of this long into one statement. */
const GATHER_MILLISECONDS = 1000

/**
 * A use is written at most once a minute per token. A write that fails is not tried again: the next use a minute later
 * is as good.
 */
export function openLastUse({
  write,
  onFault,
  now = () => performance.now(),
}: {
  write(tokenIds: string[]): PromiseLike<unknown>
  onFault(fault: unknown): void
  now?: () => number
}): LastUse {
  /** When a use was last written, on this process's monotonic clock. */
  const written = new Map<string, number>()
  let used = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  async function flush() {
    clearTimeout(timer)
    timer = undefined
    const ids = [...used]
    used = new Set()
    if (ids.length === 0) return
    try {
      await write(ids)
    } catch (fault) {
      onFault(fault)
    }
  }

  return {
    learn(tokenId, idleMilliseconds) {
      const moment = Math.max(now() - idleMilliseconds, written.get(tokenId) ?? -Infinity)
      written.delete(tokenId)
      written.set(tokenId, moment)
      if (written.size > limits.tokensRemembered.known) written.delete(written.keys().next().value!)
    },
    note(tokenId) {
      if (now() - (written.get(tokenId) ?? -Infinity) < limits.tokenLastUseMilliseconds) return
      written.set(tokenId, now())
      used.add(tokenId)
      timer ??= setTimeout(() => void flush(), GATHER_MILLISECONDS).unref()
    },
    stop: flush,
  }
}
