import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { aFolder, adminToken, projectId } from './gateway.ts'
import { type GatewayProcess, aGatewayProcess, isRunning, postmasterOf } from './gateway-process.ts'
import { startLoad } from './load.ts'

// Promises I1 to I3, I9, I21 and I22, on the real thing: the built program, its own Postgres, and kill -9.
const queue = `/3/projects/${projectId}/queues/jobs`

/** A gateway under load, started again on the same folder whenever that is asked for. */
async function underLoad() {
  const env = {
    WELDMQ_DATA_DIR: join(await aFolder(), 'data'),
    WELDMQ_PROJECT_ID: projectId,
    WELDMQ_TOKEN: adminToken,
    WELDMQ_LOG: 'warn',
  }
  let gateway: GatewayProcess = await aGatewayProcess(env, adminToken)
  await gateway.send('PUT', queue, {})
  const load = startLoad(() => gateway.send, queue)
  await load.more(100, 50)
  return {
    load,
    postmaster: () => postmasterOf(env.WELDMQ_DATA_DIR),
    gateway: () => gateway,
    async startAgain() {
      gateway = await aGatewayProcess(env, adminToken)
    },
    /** What every one of these tests ends with. */
    async judge() {
      await load.more(100, 50) // it serves again
      await load.drain()
      expect(load.wrong).toEqual([])
      const lost = [...load.posted].filter((body) => !load.delivered.has(body))
      expect(lost, 'acknowledged, but never delivered').toEqual([])
      const { json } = await gateway.send('GET', queue)
      expect(json.queue.size).toBe(0)
      expect(json.queue.total_messages).toBeGreaterThanOrEqual(load.posted.size)
      expect((await gateway.send('POST', `${queue}/reservations`, { n: 100 })).json.messages).toEqual([])
    },
  }
}

const KILL_TEST_MILLISECONDS = 120_000

test(
  'kill -9 of the gateway: the next start serves what was acknowledged, and no Postgres is left over',
  { timeout: KILL_TEST_MILLISECONDS },
  async () => {
    const running = await underLoad()
    const postmaster = running.postmaster()
    running.gateway().kill('SIGKILL')
    expect(await running.gateway().ended).toBe('SIGKILL')
    await running.startAgain()
    expect(isRunning(postmaster) && running.postmaster() === postmaster).toBe(false)
    await running.judge()
  },
)

test(
  'kill -9 of the postmaster: the gateway stays up and goes on by itself',
  { timeout: KILL_TEST_MILLISECONDS },
  async () => {
    const running = await underLoad()
    const { pid } = running.gateway()
    process.kill(running.postmaster(), 'SIGKILL')
    await running.judge()
    expect(running.gateway().pid).toBe(pid)
    expect(isRunning(pid)).toBe(true)
    await vi.waitFor(async () => expect((await running.gateway().send('GET', '/readyz')).status).toBe(200))
  },
)

test('kill -9 of both: the next start recovers and serves', { timeout: KILL_TEST_MILLISECONDS }, async () => {
  const running = await underLoad()
  process.kill(running.postmaster(), 'SIGKILL')
  running.gateway().kill('SIGKILL')
  expect(await running.gateway().ended).toBe('SIGKILL')
  await running.startAgain()
  await running.judge()
})
