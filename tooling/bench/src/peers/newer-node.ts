import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What graphile-worker asks for; pg-boss is content with less. */
const NEEDED = { major: 22, minor: 18 }

/** A Node that is new enough for the peers: our own, or the one that is installed for them; undefined without either. */
export function newerNode(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor)) return process.execPath
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`)
    const program = join(dirname(manifest), 'bin/node')
    return existsSync(program) ? program : undefined
  } catch {
    return undefined // an optional dependency, and there is none for every system
  }
}
