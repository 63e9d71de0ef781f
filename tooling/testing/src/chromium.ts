import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** What playwright-core launches it with: as root in a container it has neither a sandbox nor a shared memory to speak of. */
export const chromiumArguments = ['--no-sandbox', '--disable-dev-shm-usage']

/** The browser of this machine, or undefined, having said in one line which test file goes without. */
export function findChromium(forWhat: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram)
  if (found === undefined)
    console.warn(`${forWhat}: no Chromium on this machine, so nothing of it is tested in a browser`)
  return found
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
