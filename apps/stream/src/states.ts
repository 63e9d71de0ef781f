import type { Core } from '@weldmq/queue-core'
import type { Log } from '@weldmq/service-kit'
import type { Connection } from './connection.ts'
import type { LiveSubscription } from './live-subscription.ts'

const EVERY_MILLISECONDS = 1000

/** Sends `state` to the subscriptions that want it, once a second; one look per queue for all of them. */
export function startStates(
  core: Pick<Core, 'findQueue'>,
  connections: ReadonlySet<Connection>,
  log: Log,
): { stop(): void } {
  let running = false

  async function round(): Promise<void> {
    const wanted = new Map<string, { project: string; queue: string; subscriptions: LiveSubscription[] }>()
    for (const { project, subscriptions } of connections) {
      for (const one of subscriptions.values()) {
        if (!one.state) continue
        const key = `${project}/${one.queue}`
        const of = wanted.get(key)
        if (of) of.subscriptions.push(one)
        else wanted.set(key, { project, queue: one.queue, subscriptions: [one] })
      }
    }
    for (const { project, queue, subscriptions } of wanted.values()) {
      const found = await core.findQueue({ project, queue })
      if (found.ok) for (const one of subscriptions) one.sendState(found.value.size)
    }
  }

  const timer = setInterval(() => {
    if (running) return
    running = true
    round()
      .catch((fault: unknown) => log.warn({ err: fault }, 'the state of streams could not be told'))
      .finally(() => (running = false))
  }, EVERY_MILLISECONDS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
