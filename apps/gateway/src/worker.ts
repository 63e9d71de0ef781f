import { type Log, createMetrics, readTls } from '@weldmq/service-kit'
import type { Config } from './config.ts'
import { reasonOf } from './reason-of.ts'
import { type Gateway, serve } from './serve.ts'
import type { ToPrimary, ToWorker } from './worker-messages.ts'

type Start = Extract<ToWorker, { kind: 'start' }>

/**
 * The life of one worker process: everything it does, the primary asks for. When the primary is gone, however hard it
 * ended, the channel to it closes and Node ends this process at once, as after a kill of a gateway.
 */
export function work(config: Config, log: Log): void {
  const metrics = createMetrics()
  const sum = sumOfAll()
  let gateway: Promise<Gateway> | undefined

  async function start({ database, port, beanstalkPorts }: Start): Promise<Gateway> {
    const tls = config.tls && (await readTls(config.tls))
    return serve({
      config: {
        ...config,
        listen: { ...config.listen, port },
        beanstalk: {
          ...config.beanstalk,
          listeners: config.beanstalk.listeners.map((listener, i) => ({ ...listener, port: beanstalkPorts[i]! })),
        },
      },
      log,
      metrics: {
        ...metrics,
        page: async () => ({ contentType: metrics.registry.contentType, text: await sum.wanted() }),
      },
      database,
      tls,
    })
  }

  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        gateway = start(message)
        gateway.then(
          ({ url, beanstalk, credentials, risks }) =>
            tell({ kind: 'ready', gateway: { url, beanstalk, credentials, risks } }),
          (fault: unknown) => tell({ kind: 'failed', reason: reasonOf(fault) }),
        )
        break
      case 'drain':
        void gateway?.then((started) => started.drain())
        break
      case 'stop':
        Promise.resolve(gateway)
          .then((started) => started?.stop())
          .then(
            () => process.exit(0),
            () => process.exit(1),
          )
        break
      case 'count':
        void metrics.registry.getMetricsAsJSON().then((counts) => tell({ kind: 'counted', counts }))
        break
      case 'summed':
        sum.came(message.page)
        break
    }
  })
  tell({ kind: 'here' })
}

/** What all workers together have counted, asked for once however many wait for it. */
function sumOfAll() {
  let waiting: { page: Promise<string>; came: (page: string | undefined) => void } | undefined
  return {
    wanted(): Promise<string> {
      if (waiting) return waiting.page
      let came!: (page: string | undefined) => void
      const page = new Promise<string>((resolve, reject) => {
        came = (text) => (text === undefined ? reject(new Error('The metrics cannot be summed')) : resolve(text))
      })
      waiting = { page, came }
      tell({ kind: 'sum' })
      return page
    },
    came(page: string | undefined) {
      waiting?.came(page)
      waiting = undefined
    },
  }
}

/** Without a callback Node would throw when the primary is just gone; we end for that reason anyway. */
const tell = (message: ToPrimary) => void process.send!(message, undefined, undefined, () => {})
