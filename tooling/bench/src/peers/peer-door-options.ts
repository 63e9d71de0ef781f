import type { ConnectionOptions } from '@weldmq/embedded-postgres'

/** An empty database of the peer's own; its door makes what is needed there. */
export type PeerDoorOptions = { database: ConnectionOptions }
