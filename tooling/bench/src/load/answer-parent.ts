/** One for each thing that was said. */
export type Reply<Answer> = { ok: true; answer: Answer } | { ok: false; fault: string }

/** The other end of ask-child.ts: does what the parent says and answers it, until the parent is gone. */
export function answerParent<Said, Answer>(obey: (said: Said) => Promise<Answer>): void {
  process.on('message', (said: Said) => {
    void reply(obey, said).then((message) => process.send!(message))
  })
  process.on('disconnect', () => process.exit())
  // The terminal sends Ctrl-C to all of us; the bench itself then ends us in order.
  process.on('SIGINT', () => {})
}

async function reply<Said, Answer>(obey: (said: Said) => Promise<Answer>, said: Said): Promise<Reply<Answer>> {
  try {
    return { ok: true, answer: await obey(said) }
  } catch (fault) {
    return { ok: false, fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) }
  }
}
