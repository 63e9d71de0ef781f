import { randomBytes } from 'node:crypto'
import { limits } from '../limits.ts'
import type { Door, NewSubscriber, PushSettings, Secret, StoredPush, StoredSubscriber } from './push.ts'

/** How many of the subscribers that are gone are remembered. */
const MOST_REMOVED = 100

/** What a change draws on: a number for each new subscriber, the newest message, and who asks. */
export type Draw = {
  nextId(): number
  after: number
  door: Door
  now: Date
  /** Told about each secret that is drawn: nobody can ask for it later. */
  onSecret(name: string, secret: string): void
}

/**
 * How a queue delivers once these settings are applied; undefined is a pull queue. A pull queue becomes a multicast one
 * when it is given subscribers without a type (contract v2 U4), and stays what it is when it is given anything else.
 */
export function settlePush(now: StoredPush | undefined, settings: PushSettings, draw: Draw): StoredPush | undefined {
  const wantsPush = (settings.subscribers?.length ?? 0) > 0
  const type = settings.type ?? now?.type ?? (wantsPush ? 'multicast' : 'pull')
  if (type === 'pull') return undefined
  const errorQueue = settings.errorQueue ?? now?.errorQueue
  const rate = settings.rate ?? now?.rate
  const pauseAfter = settings.pauseAfter ?? now?.pauseAfter
  const before = now?.subscribers ?? []
  const subscribers = settings.subscribers ? settle(before, settings.subscribers, draw) : before
  const ids = new Set(subscribers.map(({ id }) => id))
  const gone = before.filter(({ id }) => !ids.has(id)).map(({ id, name, url }) => ({ id, name, url }))
  return {
    type,
    retries: settings.retries ?? now?.retries ?? limits.retries.default,
    retriesDelaySeconds: settings.retriesDelaySeconds ?? now?.retriesDelaySeconds ?? limits.retriesDelaySeconds.default,
    ...(errorQueue && { errorQueue }),
    ...(rate && { rate }),
    ...(pauseAfter && { pauseAfter }),
    door: now?.door ?? draw.door,
    key: now?.key ?? randomBytes(16).toString('hex'),
    since: now ? (now.since ?? 0) : draw.after,
    subscribers,
    removed: [...gone, ...(now?.removed ?? [])].slice(0, MOST_REMOVED),
  }
}

/** The same with more subscribers; one whose name is there already takes its place. */
export function withSubscribers(now: StoredPush | undefined, added: NewSubscriber[], draw: Draw) {
  const names = new Set(added.map(({ name }) => name))
  const kept = (now?.subscribers ?? []).filter(({ name }) => !names.has(name))
  const push = settlePush(now, kept.length + added.length > 0 ? { type: now?.type ?? 'multicast' } : {}, draw)
  if (!push) return undefined
  const fresh = added.map((one) => settleOne(push.subscribers, one, draw))
  return { ...push, subscribers: [...kept, ...fresh] }
}

/** The same without those that `leaves` says. */
export function withoutSubscribers(
  now: StoredPush | undefined,
  leaves: (one: StoredSubscriber) => boolean,
): StoredPush | undefined {
  if (!now) return undefined
  const gone = now.subscribers.filter(leaves).map(({ id, name, url }) => ({ id, name, url }))
  const removed = [...gone, ...now.removed].slice(0, MOST_REMOVED)
  return { ...now, subscribers: now.subscribers.filter((one) => !leaves(one)), removed }
}

/** Who is named as before is who it was, and so is a nameless one with the url of one that is not named otherwise. */
function settle(before: StoredSubscriber[], wanted: NewSubscriber[], draw: Draw): StoredSubscriber[] {
  const left = [...before]
  return wanted.map((one) => {
    const i = left.findIndex((old) => (one.name === undefined ? old.url === one.url : old.name === one.name))
    const [old] = i < 0 ? [] : left.splice(i, 1)
    return settleOne(old ? [old] : [], old ? { ...one, name: old.name } : one, draw)
  })
}

/** Names of ours are random: the same address may be there twice. */
function settleOne(before: StoredSubscriber[], { name, url, headers, secret }: NewSubscriber, draw: Draw) {
  const old = before.find((one) => one.name === name)
  const id = old?.id ?? draw.nextId()
  const settled = name ?? `v2-${randomBytes(6).toString('hex')}`
  const secrets = settleSecrets(old?.secrets ?? [], settled, secret, draw)
  return {
    id,
    after: old?.after ?? draw.after,
    name: settled,
    url,
    ...(headers && { headers }),
    ...(secrets.length > 0 && { secrets }),
  }
}

function settleSecrets(before: Secret[], name: string, wanted: string | undefined, draw: Draw): Secret[] {
  if (wanted === undefined) return before
  if (wanted === '') return []
  const secret = wanted === 'generate' ? `whsec_${randomBytes(32).toString('base64')}` : wanted
  if (wanted === 'generate') draw.onSecret(name, secret)
  const until = new Date(draw.now.getTime() + limits.oldSecretSeconds * 1000).toISOString()
  const old = before
    .filter((one) => one.secret !== secret && (one.until === undefined || one.until > draw.now.toISOString()))
    .map((one) => ({ secret: one.secret, until: one.until ?? until }))
  return [{ secret }, ...old.slice(0, 2)]
}
