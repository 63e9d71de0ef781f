/**
 * What is wrong with the address of a subscriber of this queue, or undefined. Taken are http and https addresses, a bare
 * `host/path` that stands for http, and the queues of push.md 1.1: `ironmq:///QUEUE` in the same project,
 * `ironmq://PROJECT:TOKEN@[HOST[:PORT]]/QUEUE` elsewhere. A queue is not its own subscriber (contract v2 U12).
 */
export function subscriberUrlProblem(url: string, on: { project: string; queue: string }): string | undefined {
  if (url === '' || /[\s\0]/.test(url) || !url.isWellFormed()) return 'must be an address without spaces'
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase()
  switch (scheme) {
    case undefined:
      // `mailto:x` names a scheme as well; behind `host:` there is a port.
      return URL.canParse(`http://${url}`) && !/^[^/?#]*:(?!\d+(?:[/?#]|$))/.test(url) ? undefined : notAnAddress
    case 'http':
    case 'https':
      return URL.canParse(url) ? undefined : notAnAddress
    case 'ironmq':
      return queueProblem(url, on)
    case 'ironworker':
      return 'must not be a worker: nothing here starts workers'
    default:
      return notAnAddress
  }
}

const notAnAddress = 'must be an http, https or ironmq address'

function queueProblem(url: string, on: { project: string; queue: string }): string | undefined {
  const match = /^ironmq:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/@]*)\/([^/?#]+)$/i.exec(url)
  if (!match || (match[3] && !isHost(match[3]))) return 'must be ironmq:///QUEUE or ironmq://PROJECT:TOKEN@HOST/QUEUE'
  const [, project = '', token = '', host = '', name = ''] = match
  const here = host === '' && (project === '' || project === on.project)
  if (!here && token === '') return 'must hold the token of the other project'
  return here && decoded(name) === on.queue ? 'must not be the queue itself' : undefined
}

/** A name or address, with or without a port, and nothing that would make it something else in a URL. */
const isHost = (host: string) =>
  /^(?:\[[0-9a-f:.]+\]|[^\s?#\\:[\]]+)(?::\d{1,5})?$/i.test(host) && URL.canParse(`https://${host}/`)

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
