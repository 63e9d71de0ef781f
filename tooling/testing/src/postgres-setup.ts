import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@weldmq/embedded-postgres'
import type { TestProject } from 'vitest/node'
import { dropTestDatabases, type TestServer } from './test-database.ts'

/** Vitest's global setup: one throwaway server for the run, or the one that TEST_DATABASE_URL names. */
export default async function setUpPostgres(project: TestProject): Promise<() => Promise<void>> {
  const run = `weldmq_test_${process.pid}_${Date.now().toString(36)}`
  const url = process.env['TEST_DATABASE_URL']
  if (url) {
    const server: TestServer = { run, url }
    project.provide('testServer', server)
    return () => dropTestDatabases(server)
  }

  const folder = await mkdtemp(join(tmpdir(), 'weldmq-test-'))
  await chmod(folder, 0o755) // when we are root, the server is somebody else and has to pass through
  const postgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'data'),
    // Nothing here has to survive anything.
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      shared_buffers: '64MB',
      max_connections: '200',
      max_wal_size: '512MB',
    },
  })
  project.provide('testServer', { run, user: postgres.user, admin: postgres.superuserOptions })
  return async () => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
