import { onTestFinished } from 'vitest'
import {
  type HttpOptions,
  type HttpServer,
  type Witness,
  createMetrics,
  httpApp,
  openLog,
  startHttp,
} from '../src/index.ts'

type App = ReturnType<typeof httpApp>

/** A log that keeps its lines, and metrics of its own. */
export function witness(): Witness & { lines: string[] } {
  const lines: string[] = []
  const log = openLog({ name: 'test', level: 'debug', destination: { write: (line) => void lines.push(line) } })
  return { log, metrics: createMetrics(), lines }
}

/** A running server around the routes that `mount` adds; it is stopped when the test ends. */
export async function serve(
  mount: (app: App, around: Witness) => unknown,
  options: Partial<HttpOptions> = {},
): Promise<HttpServer & { lines: string[]; around: Witness }> {
  const around = witness()
  const app = httpApp(around)
  mount(app, around)
  const server = await startHttp({ fetch: app.fetch, host: '127.0.0.1', port: 0, log: around.log, ...options })
  onTestFinished(() => server.stop(0))
  return { ...server, lines: around.lines, around }
}
