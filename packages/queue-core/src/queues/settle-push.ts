import { randomBytes } from 'node:crypto'
import { limits } from '../limits.ts'
import type { NewSubscriber, Push, PushSettings, Subscriber } from './push.ts'

/**
 * How a queue delivers once these settings are applied; undefined is a pull queue. A pull queue becomes a multicast one
 * when it is given subscribers without a type (contract v2 U4), and stays what it is when it is given anything else.
 */
export function settlePush(now: Push | undefined, settings: PushSettings): Push | undefined {
  const wantsPush = (settings.subscribers?.length ?? 0) > 0
  const type = settings.type ?? now?.type ?? (wantsPush ? 'multicast' : 'pull')
  if (type === 'pull') return undefined
  const errorQueue = settings.errorQueue ?? now?.errorQueue
  return {
    type,
    retries: settings.retries ?? now?.retries ?? limits.retries.default,
    retriesDelaySeconds: settings.retriesDelaySeconds ?? now?.retriesDelaySeconds ?? limits.retriesDelaySeconds.default,
    ...(errorQueue && { errorQueue }),
    subscribers: settings.subscribers?.map(named) ?? now?.subscribers ?? [],
  }
}

/** The same with more subscribers; one whose name is there already takes its place. */
export function withSubscribers(now: Push | undefined, added: NewSubscriber[]): Push | undefined {
  const fresh = added.map(named)
  const names = new Set(fresh.map(({ name }) => name))
  const kept = (now?.subscribers ?? []).filter(({ name }) => !names.has(name))
  return settlePush(now, { subscribers: [...kept, ...fresh] })
}

/** The same without every subscriber that has one of these addresses, to the letter (contract v2 S2, M20). */
export function withoutUrls(now: Push | undefined, urls: string[]): Push | undefined {
  return now && { ...now, subscribers: now.subscribers.filter(({ url }) => !urls.includes(url)) }
}

/** Names of ours are random: the same address may be there twice. */
const named = ({ name, url, headers }: NewSubscriber): Subscriber => ({
  name: name ?? `v2-${randomBytes(6).toString('hex')}`,
  url,
  ...(headers && { headers }),
})
