import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Reply } from './answer-parent.ts'

export type AskedChild<Said, Answer> = {
  pid: number
  /** One thing at a time; rejects with what went wrong in the child, or when it has ended. */
  say(said: Said): Promise<Answer>
  /** Ends it in order, or at once when it is at work; afterwards it is gone. */
  stop(): Promise<void>
}

const STOP_WITHIN_MILLISECONDS = 10_000

/** Starts a process that answers what it is told (answer-parent.ts), first of all `open`; it ends with ours. */
export async function startAskedChild<Said extends { kind: string }, Answer>(
  file: URL,
  open: Said,
  options: ForkOptions = {},
): Promise<AskedChild<Said, Answer>> {
  const child = fork(fileURLToPath(file), options)
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let busy = false

  async function say(said: Said | { kind: 'close' }): Promise<Answer> {
    busy = true
    try {
      return await ask<Answer>(child, said)
    } finally {
      busy = false
    }
  }

  async function stop() {
    const force = setTimeout(() => child.kill('SIGKILL'), busy ? 0 : STOP_WITHIN_MILLISECONDS)
    try {
      if (!busy && child.connected) await say({ kind: 'close' })
    } finally {
      if (child.connected) child.disconnect() // it exits by itself then
      await gone
      clearTimeout(force)
    }
  }

  try {
    await say(open)
  } catch (fault) {
    await stop()
    throw fault
  }
  return { pid: child.pid!, say, stop }
}

function ask<Answer>(child: ChildProcess, said: { kind: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('A process that makes load has ended.'))
    child.once('exit', onExit)
    child.once('message', (reply: Reply<Answer>) => {
      child.off('exit', onExit)
      if (reply.ok) resolve(reply.answer)
      else reject(new Error(reply.fault))
    })
    child.send(said)
  })
}
