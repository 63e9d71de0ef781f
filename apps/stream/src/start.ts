import { type Tls, httpApp, startHttp } from '@weldmq/service-kit'
import { type StreamOptions, openStreamDoor } from './door.ts'
import { ticketRoute } from './ticket-route.ts'

export type StreamServer = {
  /** With its scheme and real port, and without a slash at the end. */
  url: string
  /** Tells the clients, lets them finish what they hold for a few seconds, and closes. */
  stop(): Promise<void>
}

/** The stream and its tickets on an address of their own, without the other doors. */
export async function startStream(
  options: StreamOptions & { host: string; port: number; tls?: Tls | undefined },
): Promise<StreamServer> {
  const { core, host, port, tls, log, metrics } = options
  const door = openStreamDoor(options)
  const app = httpApp({ log, metrics }).route('/', ticketRoute({ core, log, metrics }))
  try {
    const http = await startHttp({ fetch: app.fetch, host, port, tls, log, upgrade: door.upgrade })
    return {
      url: http.url,
      async stop() {
        await Promise.all([door.stop(), http.stop()])
      },
    }
  } catch (fault) {
    await door.stop()
    throw fault
  }
}
