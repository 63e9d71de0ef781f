import { type Core, openCore } from '@weldmq/queue-core'
import { openLog } from '@weldmq/service-kit'
import { testDatabase } from '@weldmq/testing'
import { afterAll } from 'vitest'
import { type ListenerConfig, startBeanstalk } from '../src/index.ts'
import { type Conversation, converse } from './conversation.ts'

export type Door = Awaited<ReturnType<typeof startDoor>>

/** The door on a real core, with one listener; to be called once, at the top of a test file. */
export async function startDoor(settings: Partial<ListenerConfig> = {}) {
  const database = await testDatabase({
    prepare: async (template) => {
      const core = await openCore({ database: template })
      await core.stop()
    },
  })
  const core = await openCore({ database })
  const { id: project } = valueOf(await core.createProject({ name: 'a test' }))
  const faults: string[] = []
  const log = openLog({ name: 'test', level: 'warn', destination: { write: (line) => void faults.push(line) } })
  const listener = { host: '127.0.0.1', port: 0, mode: 'optional', project, tls: false, strict: false } as const
  const config = { listeners: [{ ...listener, ...settings }], maxJobBytes: 65_535, quotes: true }
  const door = await startBeanstalk({ core, config, project, log })
  afterAll(async () => {
    await door.stop()
    await core.stop()
  })
  return {
    core,
    database,
    project,
    faults,
    port: Number(door.addresses[0]!.split(':').at(-1)),
    aProject: () => aProject(core),
  }
}

/** Another project, and the first put that binds a connection to it. */
async function aProject(core: Core): Promise<{ id: string; login: string }> {
  const { id } = valueOf(await core.createProject({ name: 'another test' }))
  const { secret } = valueOf(await core.createToken({ projects: [id] }))
  const body = `oauth ${secret} ${id}`
  return { id, login: `put 65536 0 120 ${body.length}\r\n${body}` }
}

/** A connection that has logged in with that put. */
export async function loggedIn(port: number, login: string): Promise<Conversation> {
  const conversation = await converse(port)
  const { line } = await conversation.ask(login)
  if (line !== 'INSERTED 0') throw new Error(`the login was answered ${line}`)
  return conversation
}

function valueOf<T>(result: { ok: true; value: T } | { ok: false }): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result)}`)
  return result.value
}
