import { type Core, type CoreOptions, openCore } from '@weldmq/queue-core'
import { deliver, until } from '@weldmq/testing'
import { readConfig } from '../src/index.ts'
import { undoAtEnd } from './gateway.ts'

/** A core of the test's own on the gateway's database, stopped after the file's tests. */
export async function aCoreBeside(database: CoreOptions['database']): Promise<Core> {
  const core = await openCore({ database })
  undoAtEnd(() => core.stop())
  return core
}

/** Settings of a gateway that delivers nothing itself. */
export const withoutPush = { push: { ...readConfig({}).push, enabled: false } }

/** Resolves when an attempt was made for what the queue owes, by this core, whose receivers accept everything. */
export async function attempted(
  core: Core,
  on: { project: string; queue: string },
  status: () => Promise<string>,
): Promise<void> {
  await deliver(core.pushing, on, () => 202)
  await until(async () => (await status()) !== 'queued')
}
