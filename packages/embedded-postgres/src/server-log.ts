import { constants } from 'node:fs'
import { copyFile, open, rename, rm, stat } from 'node:fs/promises'

const MOST_BYTES = 10 * 1024 * 1024
const TAIL_BYTES = 4 * 1024

/** What the server says, in a file of ours beside its data; kept to about 10 MB and the 10 MB before. */
export type ServerLog = {
  file: string
  /** Opens the file for a server to append to; close it once the server is started. */
  open(): Promise<{ fd: number; close(): Promise<void> }>
  /** Where the next line will begin. */
  position(): Promise<number>
  /** The last lines written since that position, at most 4 kB. */
  tail(since: number): Promise<string>
  /** Sets a full file aside; a running server goes on writing to the emptied one. */
  rotate(): Promise<void>
}

/** Appending, so that emptying leaves no hole; never through a link, which could lead root to any file. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW

export function serverLog(file: string): ServerLog {
  const position = () =>
    stat(file).then(
      ({ size }) => size,
      () => 0,
    )
  return {
    file,
    open: () => open(file, FLAGS, 0o600),
    position,
    async tail(since) {
      const size = await position()
      const from = Math.max(size - TAIL_BYTES, Math.min(since, size))
      const handle = await open(file, FLAGS, 0o600)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from)
      await handle.close()
      return buffer.toString('utf8', 0, bytesRead).trim()
    },
    async rotate() {
      if ((await position()) <= MOST_BYTES) return
      const handle = await open(file, FLAGS, 0o600)
      await rm(`${file}.1.new`, { force: true })
      await copyFile(file, `${file}.1.new`, constants.COPYFILE_EXCL)
      await rename(`${file}.1.new`, `${file}.1`)
      await handle.truncate()
      await handle.close()
    },
  }
}
