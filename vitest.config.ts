import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const conditions = ['@weldmq/source', 'node', 'development|production']

/** One run for the whole workspace: every package is taken as source, and all share one throwaway Postgres. */
export default defineConfig({
  environments: { __vitest__: { resolve: { conditions } } }, // the global setup's own
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'tooling/*/src/**/*.test.ts',
    ],
    globalSetup: ['tooling/testing/src/postgres-setup.ts'],
    pool: 'forks',
    // One more than there are processors, since many tests wait for a moment that comes; more than four only wait for the
    // one Postgres they share.
    maxWorkers: Math.min(4, availableParallelism() + 1),
    // How long a test waits for what must come; on a busy machine, a second is not much.
    expect: { poll: { timeout: 20_000 } },
    setupFiles: ['tooling/testing/src/patience.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
