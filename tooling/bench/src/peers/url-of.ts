import type { ConnectionOptions } from '@weldmq/embedded-postgres'

/** As the driver named pg reads it: it takes a socket's folder as the host in the query. */
export const urlOf = ({ host, user, database }: ConnectionOptions): string =>
  `postgres:///${encodeURIComponent(database)}?${new URLSearchParams({ host, user }).toString()}`
