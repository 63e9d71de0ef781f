import type { Line } from '../line/line.ts'
import type { Signals } from '../signals/signals.ts'

type Hold = { queueId: number; reservation: string; endsAt: number }
type Return = { project: string; messageId: number; hold: Hold; as: 'return' | 'undo' }

/** Messages that come back because their session or stream has ended; what the database cannot take now is tried again. */
export type Returns = {
  giveBack(returned: Return[]): Promise<void>
  /** Called every 2 s. */
  retry(): Promise<void>
}

export function createReturns(line: Line, signals: Signals): Returns {
  let left: Return[] = []

  async function giveBack(returned: Return[]): Promise<void> {
    await Promise.all(
      returned.map(async (one) => {
        const { queueId, reservation, endsAt } = one.hold
        const on = { project: one.project, queueId }
        try {
          const held = { id: one.messageId, reservation, delaySeconds: 0, as: one.as }
          if (await line.giveBack(on, held)) signals.ready(queueId, 1)
        } catch {
          // Unless it has ended by itself meanwhile.
          if (endsAt > performance.now()) left.push(one)
        }
      }),
    )
  }

  return {
    giveBack,
    async retry() {
      const again = left
      left = []
      await giveBack(again)
    },
  }
}
