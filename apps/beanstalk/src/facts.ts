import { randomBytes } from 'node:crypto'
import { hostname, machine, version } from 'node:os'

/** What is the same for all clients of this process, most of it only for `stats`. */
export type Facts = {
  /** The largest body that put takes. */
  readonly maxJobBytes: number
  /** Whether text in documents stands in double quotes, as from 1.13 on (contract section 12). */
  readonly quotes: boolean
  /** puts are answered `DRAINING` from now on; there is no way back. */
  draining: boolean
  /** On the monotonic clock of this process, in milliseconds. */
  readonly startedAt: number
  /** New at each start. */
  readonly id: string
  readonly hostname: string
  readonly os: string
  readonly platform: string
}

export const newFacts = (settings: { maxJobBytes: number; quotes: boolean }): Facts => ({
  ...settings,
  draining: false,
  startedAt: performance.now(),
  id: drawId(),
  hostname: asciiOf(hostname()),
  os: asciiOf(version()),
  platform: asciiOf(machine()),
})

/** 16 hexadecimal digits that no reader of YAML takes for a number: digits around one `e` would be one (11.3). */
export function drawId(): string {
  for (;;) {
    const id = randomBytes(8).toString('hex')
    if (/[abcdf]/.test(id)) return id
  }
}

/** Printable ASCII that needs no escaping between double quotes. */
export const asciiOf = (text: string): string => text.replaceAll(/[^\x20-\x7e]|["\\]/g, '?')
