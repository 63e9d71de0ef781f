import cluster, { type Worker } from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import type { CoreOptions } from '@weldmq/queue-core'
import type { Log } from '@weldmq/service-kit'
import type { Config } from './config.ts'
import type { Gateway } from './serve.ts'
import { createSummedMetrics } from './summed-metrics.ts'
import type { ToPrimary, ToWorker } from './worker-messages.ts'

/** The same as for the embedded Postgres: at once, or after a growing pause when it does not live long. */
const LONGEST_PAUSE_MILLISECONDS = 5000
const LIVED_WELL_MILLISECONDS = 10_000
/** Requests get 4 s, and what is left of promise I25's 10 s is for Postgres. */
const STOP_WITHIN_MILLISECONDS = 7500

type Ready = Omit<Gateway, 'drain' | 'stop'>
type Ports = { port: number; beanstalkPorts: number[] }
type Place = { ready(gateway: Ready): void; failed(fault: Error): void }

/**
 * Places for worker processes, each filled again whenever its worker ends, until `stop`. All workers serve on one
 * address, on one database, and show the same sum of what they have counted.
 */
export function openPlaces(config: Config, log: Log, database: CoreOptions['database']) {
  // Every worker accepts by itself. Node's other way, where the primary accepts and hands over, leaves a client without
  // an answer for ever when the worker dies on the way; after 5 of 8 kills there was one.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ serialization: 'advanced' }) // keeps NaN and undefined

  const ending = new AbortController()
  const lives: Promise<void>[] = []
  const listening = new Set<Worker>()
  let started = false
  let draining = false
  /** Where the first worker listened; so do all others. */
  let here: Pick<Ready, 'url' | 'beanstalk'> | undefined
  const asked = new Map<Worker, Ports>()

  /**
   * Workers share a port by asking for the same: 0, while anyone holds what the system chose for it. Once they have all
   * ended at the same time, the next one asks for that port by its number, and so do those after it.
   */
  function portsToAsk(): Ports {
    const [another] = listening
    if (another) return asked.get(another)!
    return {
      port: (here && Number(new URL(here.url).port)) || config.listen.port,
      beanstalkPorts: config.beanstalk.listeners.map(({ port }, i) => (here ? portOf(here.beanstalk[i]!) : port)),
    }
  }

  const summed = createSummedMetrics(() => {
    for (const worker of listening) tell(worker, { kind: 'count' })
    return [...listening].map(({ id }) => id)
  })

  function onMessage(worker: Worker, place: Place, message: ToPrimary) {
    switch (message.kind) {
      case 'here':
        if (ending.signal.aborted) return tell(worker, { kind: 'stop' })
        asked.set(worker, portsToAsk())
        return tell(worker, { kind: 'start', database, ...asked.get(worker)! })
      case 'ready':
        here ??= message.gateway
        // The last one of the others ended while it began, and the system chose another port for it.
        if (addressesOf(message.gateway) !== addressesOf(here)) return worker.process.kill('SIGKILL')
        if (draining) tell(worker, { kind: 'drain' })
        listening.add(worker)
        return place.ready(message.gateway)
      case 'failed':
        if (started) log.error({ worker: worker.process.pid, reason: message.reason }, 'a worker cannot start')
        place.failed(new Error(message.reason))
        return worker.process.kill('SIGKILL')
      case 'counted':
        return summed.counted(worker.id, message.counts)
      case 'sum':
        return void summed.page().then(
          (page) => tell(worker, { kind: 'summed', page }),
          (err: unknown) => {
            log.error({ err }, 'the metrics cannot be summed')
            tell(worker, { kind: 'summed', page: undefined })
          },
        )
    }
  }

  /** From the fork of a worker to its end, and how that came about. */
  function oneLife(place: Place): Promise<object> {
    return new Promise((resolve) => {
      const worker = cluster.fork()
      const { pid } = worker.process
      worker.on('message', (message: ToPrimary) => onMessage(worker, place, message))
      worker.on('exit', (code, signal) => {
        listening.delete(worker)
        resolve({ worker: pid, code, signal })
      })
      worker.on('disconnect', () => {
        // Once more, and only now the rest: what it said last may come after its exit.
        listening.delete(worker)
        asked.delete(worker)
        summed.ended(worker.id)
      })
      worker.on('error', (err) => {
        if (pid === undefined) resolve({ err })
        else log.error({ err, worker: pid }, 'worker')
      })
    })
  }

  async function keepFilled(place: Place): Promise<void> {
    for (let pause = 0; !ending.signal.aborted;) {
      const since = performance.now()
      const end = await oneLife(place).catch((err: unknown) => ({ err }))
      if (ending.signal.aborted) return
      pause = performance.now() - since > LIVED_WELL_MILLISECONDS ? 0 : longer(pause)
      log.error({ ...end, pauseMilliseconds: pause }, 'a worker ended; another one takes its place')
      await delay(pause, undefined, { signal: ending.signal }).catch(() => {})
    }
  }

  return {
    /** One more worker; answers when it is ready for the first time, and rejects when it cannot start. */
    fill: () => new Promise<Ready>((ready, failed) => lives.push(keepFilled({ ready, failed }))),
    /** From now on nobody hears why one cannot start, so it is logged. */
    started: () => void (started = true),
    /** Has every worker drain, and those that take their place. */
    drain() {
      draining = true
      for (const worker of listening) tell(worker, { kind: 'drain' })
    },
    /** Has every worker let its work end, and end itself, and kills what has not after 7.5 s. */
    async stop(): Promise<void> {
      ending.abort()
      const alive = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
      for (const worker of alive()) tell(worker, { kind: 'stop' })
      const force = setTimeout(() => {
        for (const worker of alive()) {
          log.error({ worker: worker.process.pid }, 'a worker did not stop in time and is killed')
          worker.process.kill('SIGKILL')
        }
      }, STOP_WITHIN_MILLISECONDS)
      await Promise.all(lives)
      clearTimeout(force)
    },
  }
}

const addressesOf = ({ url, beanstalk }: Pick<Ready, 'url' | 'beanstalk'>) => [url, ...beanstalk].join(' ')
const portOf = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1))

const longer = (pause: number) => Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(100, pause * 2))

/** Without a callback Node would throw when the worker is just gone; its exit tells us anyway. */
const tell = (worker: Worker, message: ToWorker) => void worker.process.send(message, undefined, undefined, () => {})
