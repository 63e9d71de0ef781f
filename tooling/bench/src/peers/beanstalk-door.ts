import { BODY_BYTES, type Caller, type Door } from '../load/caller.ts'
import { cpuSecondsOf } from '../machine/cpu-seconds.ts'
import { type BeanstalkConnection, connectBeanstalk } from './beanstalk-connection.ts'

export type BeanstalkDoorOptions = { host: string; port: number; serverPid: number }

const RESERVED_SECONDS = 60

/** beanstalkd's own protocol: one connection for each caller. Of a batch all commands are written at once. */
export async function openBeanstalkDoor({ host, port, serverPid }: BeanstalkDoorOptions): Promise<Door> {
  let open: BeanstalkConnection[] = []
  const closeCallers = () => {
    for (const connection of open) connection.close()
    open = []
  }
  return {
    async openCaller(queue) {
      const connection = await connectBeanstalk(host, port)
      open.push(connection)
      await connection.ask(`use ${queue}\r\n`, ['USING'])
      await connection.ask(`watch ${queue}\r\n`, ['WATCHING'])
      return callerOn(connection)
    },
    closeCallers,
    cpuSeconds: () => cpuSecondsOf(serverPid),
    async close() {
      closeCallers()
    },
  }
}

function callerOn({ ask }: BeanstalkConnection): Caller {
  const put = `put 0 0 ${RESERVED_SECONDS} ${BODY_BYTES}\r\n${'x'.repeat(BODY_BYTES)}\r\n`
  const times = <T>(count: number, one: () => Promise<T>) => Promise.all(Array.from({ length: count }, one))
  return {
    async post(count) {
      await times(count, () => ask(put, ['INSERTED']))
    },
    async reserve(count) {
      const replies = await times(count, () => ask('reserve-with-timeout 0\r\n', ['RESERVED', 'TIMED_OUT']))
      return replies.flatMap(([word, id]) => (word === 'RESERVED' && id ? [{ id, reservationId: '' }] : []))
    },
    async delete(held) {
      await Promise.all(held.map(({ id }) => ask(`delete ${id}\r\n`, ['DELETED'])))
    },
  }
}
