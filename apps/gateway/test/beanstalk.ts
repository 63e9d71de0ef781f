import { once } from 'node:events'
import { connect } from 'node:net'
import { startBeanstalk } from '@weldmq/beanstalk'
import { openCore } from '@weldmq/queue-core'
import { openLog } from '@weldmq/service-kit'
import { type Config } from '../src/index.ts'
import { projectId, undoAtEnd } from './gateway.ts'

/** The beanstalk door onto a gateway's database and first project, without a login; its port. */
export async function aBeanstalkDoor(database: NonNullable<Config['database']>): Promise<number> {
  const core = await openCore({ database })
  undoAtEnd(core.stop)
  const log = openLog({ name: 'test', level: 'silent' })
  const listener = { host: '127.0.0.1', port: 0, mode: 'off', project: projectId, tls: false, strict: false } as const
  const config = { listeners: [listener], maxJobBytes: 65_535, quotes: true }
  const door = await startBeanstalk({ core, config, project: projectId, log })
  undoAtEnd(door.stop)
  return Number(door.addresses[0]!.split(':').at(-1))
}

export type Say = {
  /** One command; its reply on one line, with whatever follows behind a space, as Latin-1. */
  (command: string, body?: string | Buffer): Promise<string>
  close(): void
}

/** A connection that uses the tube and watches only it. */
export async function aConnection(port: number, tube: string): Promise<Say> {
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  undoAtEnd(async () => socket.destroy())
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => (received += text))

  async function say(command: string, body?: string | Buffer) {
    socket.write(`${command}\r\n`)
    if (body !== undefined) socket.write(Buffer.concat([Buffer.from(body), Buffer.from('\r\n')]))
    for (;;) {
      const reply = /^([^\r]*?(?: (\d+))?)\r\n/.exec(received)
      const announced = reply && /^(RESERVED|FOUND|OK) /.test(reply[1]!) ? Number(reply[2]) : undefined
      const end = reply ? reply[0].length + (announced === undefined ? 0 : announced + 2) : Infinity
      if (received.length >= end) {
        const text = received.slice(reply![0].length, end - 2)
        received = received.slice(end)
        return announced === undefined ? reply![1]! : `${reply![1]!.replace(/ \d+$/, '')} ${text}`
      }
      await once(socket, 'data')
    }
  }
  await say(`use ${tube}`)
  await say(`watch ${tube}`)
  if (tube !== 'default') await say('ignore default')
  return Object.assign(say, { close: () => void socket.destroy() })
}
