import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'

const MB = 1024 * 1024

/**
 * The server's settings: the ones all published figures were measured with, scaled down on a machine that is too
 * small for them. What the caller gives wins, save for where the server listens.
 */
export async function serverSettings(
  dataDir: string,
  socketFolder: string,
  given: Record<string, string>,
): Promise<Record<string, string>> {
  return {
    shared_buffers: `${megabytes(memoryBytes() / 4, 32, 2048)}MB`,
    // Also the room on disk that the log of changes may take, hence no more than a tenth of the whole disk.
    max_wal_size: `${megabytes((await diskBytes(dataDir)) / 10, 256, 16 * 1024)}MB`,
    checkpoint_timeout: '15min',
    autovacuum_naptime: '10s',
    jit: 'off',
    max_connections: '50',
    // Postgres's own defaults, said here so that nothing written in the folder can take them away.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    // Without details and statements' values: rows are the clients' secrets and the log is read by others.
    log_error_verbosity: 'terse',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C', // the launcher reads some of them
    ...given,
    listen_addresses: '',
    port: SOCKET_NUMBER,
    unix_socket_directories: `"${socketFolder}"`, // a list, hence the quotes
    unix_socket_permissions: '0700',
    logging_collector: 'off',
  }
}

/** The number in the socket's file name that every driver looks for by default; nothing listens on a port. */
export const SOCKET_NUMBER = '5432'

/** A container's limit counts, not its host's memory. */
function memoryBytes(): number {
  const limit = process.constrainedMemory() ?? 0
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

async function diskBytes(folder: string): Promise<number> {
  const { blocks, bsize } = await statfs(folder)
  return blocks * bsize
}

const megabytes = (bytes: number, least: number, most: number) =>
  Math.min(most, Math.max(least, Math.floor(bytes / MB)))
