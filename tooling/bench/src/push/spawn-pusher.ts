import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { environmentOf } from '../machine/postgres.ts'

const pusherMain = fileURLToPath(new URL('../../../../apps/pusher/dist/main.js', import.meta.url))
const endsWithParent = new URL('../targets/ends-with-parent.js', import.meta.url).href

/** The pusher as it ships, in a process of its own that ends with ours. */
export function spawnPusher(database: ConnectionOptions, nodeOptions: string[]): { stop(): Promise<void> } {
  const pusher = spawn(process.execPath, [...nodeOptions, '--import', endsWithParent, pusherMain], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      ...environmentOf(database),
      WELDMQ_PUBLIC_URL: 'http://127.0.0.1',
      WELDMQ_PUSH_ALLOW: '127.0.0.1',
      WELDMQ_LOG: 'warn',
    },
  })
  const gone = once(pusher, 'exit')
  return {
    async stop() {
      pusher.kill('SIGTERM')
      await gone
    },
  }
}
