import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export type Resident = { endBytes: number; maxBytes: number }

const SAMPLE_MILLISECONDS = 500

/** Watches how much memory a process holds while the work is done. */
export async function watchResident<T>(pid: number, work: () => Promise<T>): Promise<{ value: T; resident: Resident }> {
  let maxBytes = 0
  const sample = async () => {
    const bytes = await residentBytes(pid)
    maxBytes = Math.max(maxBytes, bytes)
    return bytes
  }
  const timer = setInterval(() => void sample().catch(() => {}), SAMPLE_MILLISECONDS)
  try {
    const value = await work()
    const endBytes = await sample()
    return { value, resident: { endBytes, maxBytes } }
  } finally {
    clearInterval(timer)
  }
}

/** Linux says it in a file; elsewhere `ps` is asked. */
export async function residentBytes(pid: number): Promise<number> {
  const kilobytes =
    process.platform === 'linux'
      ? /^VmRSS:\s*(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
      : (await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout
  return Number(kilobytes) * 1024
}
