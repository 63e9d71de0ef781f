import { Counter, type Registry } from 'prom-client'

/** What the programs that speak v2 call themselves; the first that fits. One of them sends its bare version number. */
const families: [family: string, userAgent: RegExp][] = [
  ['ruby', /ruby/i],
  ['php', /php/i],
  ['python', /python/i],
  ['clojure', /clojure/i],
  ['java', /\bjava\b|ironmq java|okhttp/i],
  ['dotnet', /ironsharp|\.net|restsharp/i],
  ['go', /\bgo\b|iron_go|go-http/i],
  ['node', /node|^\d+(\.\d+)+$/i],
  ['curl', /^curl\//i],
]

/** One word out of a fixed list, so that no client can fill the metrics: `none` without a name, `other` for the rest. */
export function familyOf(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent === '') return 'none'
  return families.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? 'other'
}

/** Names of projects and of clients that are remembered at most; both are given by others. */
const MOST_PROJECTS = 1000
const MOST_CLIENTS = 1000

/** Counts who still speaks v2, for whoever wants to see a move to its end: by project and family of client. */
export function countClients(registry: Registry): (project: string, userAgent: string | undefined) => void {
  const counted = new Map<string, Map<string, number>>()
  const familyByName = new Map<string, string>()

  const requests: Counter<'project' | 'family'> = new Counter({
    name: 'weldmq_v2_requests_total',
    help: `Requests of v2 by project (the first ${MOST_PROJECTS}, then "others") and family of client`,
    labelNames: ['project', 'family'],
    registers: [registry],
    // Only when somebody looks: finding labels costs more than counting.
    collect() {
      requests.reset()
      for (const [project, ofProject] of counted) {
        for (const [family, count] of ofProject) requests.inc({ project, family }, count)
      }
    },
  })

  function remembered(userAgent: string) {
    let family = familyByName.get(userAgent)
    if (family === undefined) {
      family = familyOf(userAgent)
      if (familyByName.size < MOST_CLIENTS) familyByName.set(userAgent, family)
    }
    return family
  }

  return (asked, userAgent) => {
    const project = counted.has(asked) || counted.size < MOST_PROJECTS ? asked : 'others'
    const family = userAgent ? remembered(userAgent) : 'none'
    let ofProject = counted.get(project)
    if (!ofProject) counted.set(project, (ofProject = new Map()))
    ofProject.set(family, (ofProject.get(family) ?? 0) + 1)
  }
}
