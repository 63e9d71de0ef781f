import type { Question, ServerFrame, Statement } from '../src/stream/frames.ts'
import type { Link } from '../src/stream/link.ts'
import { endError } from '../src/stream/stream-error.ts'

export type Asked = { question: Question; answer(frame: Record<string, unknown>): void }

/** A connection whose other side is the test: what is asked waits for an answer, or for the end. */
export function aLink({ window = 64 } = {}) {
  const asked: Asked[] = []
  const told: Statement[] = []
  const rejects: ((error: unknown) => void)[] = []
  const link: Link = {
    limits: { frame_bytes: 1_048_576, credit: 1000, credit_bytes: 1e8, subscriptions: 100, posts_in_flight: window },
    ask: (question) =>
      new Promise<ServerFrame>((resolve, reject) => {
        rejects.push(reject)
        asked.push({ question, answer: (frame) => resolve({ re: asked.length, ...frame } as ServerFrame) })
      }),
    tell: (statement) => void told.push(statement),
    busy: () => 0,
    close() {},
    ended: new Promise(() => {}),
  }
  return {
    link,
    asked,
    told,
    breakOff() {
      for (const reject of rejects) reject(endError({ code: 1006, reason: '' }))
    },
  }
}
