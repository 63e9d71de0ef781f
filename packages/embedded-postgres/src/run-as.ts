import { spawn } from 'node:child_process'

/** Whom a child process runs as; empty means: as we do. */
export type Identity = { uid?: number; gid?: number }

/** All a child gets to see: of our own environment, a stray PGDATA or PGPORT would steer the server. */
export const CHILD_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const LONGEST_SECONDS = 300
const MOST_OUTPUT = 64 * 1024

export type RunResult = { ok: boolean; output: string; errno?: string }

/** Runs a program to its end, in `/`, and never throws: what it printed (at most 64 kB) is part of the answer. */
export function runAs(identity: Identity, program: string, argv: string[], input = ''): Promise<RunResult> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(program, argv, {
      ...identity,
      cwd: '/', // our own working folder may be closed to that user
      env: CHILD_ENVIRONMENT,
      stdio: 'pipe',
      // Not `timeout`: its timer outlives a program that could not be started, and keeps our process alive as long.
      signal: AbortSignal.timeout(LONGEST_SECONDS * 1000),
    })
    const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-MOST_OUTPUT))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ ok: false, output: error.message, ...(error.code && { errno: error.code }) }),
    )
    child.on('close', (code) => resolve({ ok: code === 0, output }))
    child.stdin.on('error', () => {}) // it ended before reading everything; its exit code tells
    child.stdin.end(input)
  })
}
