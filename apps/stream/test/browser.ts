import { existsSync } from 'node:fs'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium']

/** Debian's Chromium, or one that another distribution has in its usual place; undefined where there is none. */
export const chromium: string | undefined = places.find((path) => existsSync(path))

if (chromium === undefined) process.stdout.write('No Chromium here: the test of the live page is left out.\n')
