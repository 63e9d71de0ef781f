import type { Core } from '@weldmq/queue-core'
import { type HttpEnv, type Witness, endpoint, message } from '@weldmq/service-kit'
import { Hono } from 'hono'

/** An answer of the database is good for this long, so that nobody can tire it by asking whether we are well. */
const PING_GOOD_MILLISECONDS = 1000
/** A database that takes longer than this is not ready. */
const PING_TIMEOUT_MILLISECONDS = 2000

export type Health = {
  routes: Hono<HttpEnv>
  /** From now on not ready: first step of a stop. */
  drain(): void
}

/** `/healthz`: the process runs. `/readyz`: it takes requests and its database answers. Neither tells anything else. */
export function health(core: Pick<Core, 'ping'>, witness: Witness): Health {
  let draining = false
  let asked = -Infinity
  let answer: Promise<boolean> | undefined

  function databaseAnswers(): Promise<boolean> {
    if (answer && performance.now() - asked < PING_GOOD_MILLISECONDS) return answer
    asked = performance.now()
    return (answer = pingInTime(core))
  }

  const routes = new Hono<HttpEnv>()
  const alive = () => message(200, 'alive')
  const ready = async () => {
    if (draining) return message(503, 'stopping')
    return (await databaseAnswers()) ? message(200, 'ready') : message(503, 'the database does not answer')
  }
  routes.get('/healthz', endpoint(witness, '/healthz', alive))
  routes.get('/readyz', endpoint(witness, '/readyz', ready))
  return { routes, drain: () => void (draining = true) }
}

async function pingInTime(core: Pick<Core, 'ping'>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PING_TIMEOUT_MILLISECONDS)
  })
  const ping = core.ping().then(
    () => true,
    () => false,
  )
  const inTime = await Promise.race([ping, timeout])
  clearTimeout(timer)
  return inTime
}
