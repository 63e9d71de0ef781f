// Where the workspace is, what its tools are started with, and which files are its own.
import { readdirSync } from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
export const pnpmHome = join(root, 'tooling/pnpm')

/** The tools of the lockfile come before those of the machine; turbo refuses to work where it finds no pnpm. */
export const env = {
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), join(pnpmHome, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  DO_NOT_TRACK: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  npm_config_update_notifier: 'false',
}

const made = new Set(['node_modules', 'dist', 'coverage', '.git', '.turbo'])

/**
 * Every file somebody wrote, as a sorted path from the root; walked, because a machine may have no git.
 * @returns {string[]}
 */
export function ownFiles(folder = root) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !made.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? ownFiles(path) : [relative(root, path)]
    })
    .sort()
}
