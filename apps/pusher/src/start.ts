import type { Log, Metrics } from '@weldmq/service-kit'
import { type Core, Unavailable } from '@weldmq/queue-core'
import { attemptWith } from './attempt.ts'
import { openBytes } from './bytes.ts'
import type { PushConfig } from './config.ts'
import { startDeliverer } from './deliver.ts'
import { openGuard } from './guard.ts'
import { countAttempts } from './metrics.ts'
import { type ResolveHost, openResolver } from './resolve-host.ts'
import { openSender } from './send.ts'
import { openSlots } from './slots.ts'

export type PusherOptions = {
  core: Pick<Core, 'pushing'>
  config: PushConfig
  /** What subscribers reach us by, without a slash at the end. */
  publicUrl: string
  log: Log
  metrics?: Metrics
  /** Where we read lines ourselves: a delivery there would be taken for commands. */
  linePorts?: readonly number[]
  /** Asked in place of DNS. */
  resolve?: ResolveHost
}

export type Pusher = {
  /** Claims nothing more, lets what is under way end, and cuts off after 4 s what has not. */
  stop(): Promise<void>
}

const STOP_MILLISECONDS = 4000

/** Delivers messages of push queues until it is stopped; any number of processes may do so on one database. */
export function startPusher({ core, config, publicUrl, log, metrics, linePorts, resolve }: PusherOptions): Pusher {
  const { allow, plainHttp } = config
  const guard = openGuard({ allow, resolve: resolve ?? openResolver({ inHouse: allow.length > 0 }) })
  const sender = openSender({ guard, linePorts })
  const slots = openSlots(config.slots)

  function onFault(fault: unknown, where: string) {
    if (fault instanceof Unavailable) log.warn({ err: fault, where }, 'the database is away from deliveries')
    else log.error({ err: fault, where }, 'deliveries failed')
  }
  const deliverer = startDeliverer({
    pushing: core.pushing,
    slots,
    bytes: openBytes(config.bytes),
    attempt: attemptWith({ sender, publicUrl, plainHttp }),
    onFault,
    onAttempt: metrics && countAttempts(metrics, slots),
  })

  return {
    async stop() {
      const cut = setTimeout(() => void sender.stop(), STOP_MILLISECONDS)
      await deliverer.stop()
      clearTimeout(cut)
      await sender.stop()
    },
  }
}
