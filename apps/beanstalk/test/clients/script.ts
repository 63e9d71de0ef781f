import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A program of another language, and what shows that it has the library; `packages` are Debian's. */
export type Script = { program: string; argv: string[]; packages: string }

export const ruby = (library: string, packages: string): Script => ({
  program: 'ruby',
  argv: ['-r', library],
  packages,
})
export const php = (packages: string): Script => ({
  program: 'php',
  argv: ['-d', 'error_reporting=E_ALL & ~E_DEPRECATED'],
  packages,
})

/** Why it cannot run here, in a line, which is also printed; undefined when it can. `probe` is a line of the language. */
export function scriptMissing({ program, argv, packages }: Script, probe: string): string | undefined {
  const option = program === 'php' ? '-r' : '-e'
  if (spawnSync(program, [...argv, option, probe]).status === 0) return undefined
  const missing = `SKIPPED: ${packages} is not installed (Debian: apt-get install ${packages})`
  process.stderr.write(`${missing}\n`)
  return missing
}

/** Runs a file beside this one against the server on the port; what it has printed, read. */
export async function runScript({ program, argv }: Script, file: string, port: number): Promise<unknown> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const { stdout } = await promisify(execFile)(program, [...argv, path, String(port)], { timeout: 25_000 })
  return JSON.parse(stdout)
}
