import type { BeanstalkDoorOptions } from '../peers/beanstalk-door.ts'
import type { PeerDoorOptions } from '../peers/peer-door-options.ts'
import type { PgmqDoorOptions } from '../peers/pgmq-door.ts'
import type { Door } from './caller.ts'
import type { CoreDoorOptions } from './core-door.ts'
import type { HttpDoorOptions } from './http-door.ts'

export type DoorOptions =
  | ({ at: 'core' } & CoreDoorOptions)
  | ({ at: 'http' } & HttpDoorOptions)
  | ({ at: 'graphile-worker' | 'pg-boss' | 'raw-sql' } & PeerDoorOptions)
  | ({ at: 'pgmq' } & PgmqDoorOptions)
  | ({ at: 'beanstalkd' } & BeanstalkDoorOptions)

/** Loads only what that door needs: a peer's library may not even start on the Node of the others. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  switch (options.at) {
    case 'core':
      return (await import('./core-door.ts')).openCoreDoor(options)
    case 'http':
      return (await import('./http-door.ts')).openHttpDoor(options)
    case 'graphile-worker':
      return (await import('../peers/graphile-worker-door.ts')).openGraphileWorkerDoor(options)
    case 'pg-boss':
      return (await import('../peers/pg-boss-door.ts')).openPgBossDoor(options)
    case 'pgmq':
      return (await import('../peers/pgmq-door.ts')).openPgmqDoor(options)
    case 'raw-sql':
      return (await import('../peers/raw-sql-door.ts')).openRawSqlDoor(options)
    case 'beanstalkd':
      return (await import('../peers/beanstalk-door.ts')).openBeanstalkDoor(options)
  }
}
