import { setTimeout as pause } from 'node:timers/promises'
import { type Core, type Scope, scopes } from '@weldmq/queue-core'
import type { Log } from '@weldmq/service-kit'
import type { Mode } from './config.ts'
import { type Login, readLogin } from './login.ts'
import type { Request } from './parser.ts'

const everything: ReadonlySet<Scope> = new Set(scopes)

/** Contract 15.6 */
const FAILURES = 3
const FAILURE_MILLISECONDS = 500

/** Who a connection turned out to be. */
export type Admission = { project: string; scopes: ReadonlySet<Scope>; login: Login | undefined }

export type Verdict =
  /** This request logged in. */
  | { kind: 'logged_in'; admission: Admission }
  /** It is no login and did not have to be one; the request is still to be executed. */
  | { kind: 'passed' }
  /** `DRAINING` is the answer, the only word for strangers; after the last failure the connection closes. */
  | { kind: 'refused'; last: boolean }

export type GateOptions = {
  mode: Mode
  /** Where those are who did not log in. */
  project: string | undefined
  authorize: Core['authorize']
  log: Log
  /** Of the client, for the log. */
  address: string | undefined
}

/**
 * Decides about the first requests of one connection (contract section 15). With `required` nothing but a valid login
 * gets through; with `optional` the first command may be one, and a text that reads like a login is never taken for a
 * job, however often it fails.
 */
export class Gate {
  /** Who the connection is as long as it has not logged in; undefined where it has to. */
  readonly withoutLogin: Admission | undefined
  /** Whether a login would be noticed. */
  readonly looksForLogin: boolean
  readonly #authorize: Core['authorize']
  readonly #log: Log
  readonly #address: string | undefined
  #failures = 0

  constructor(options: GateOptions) {
    const { mode, project } = options
    this.looksForLogin = mode !== 'off'
    this.withoutLogin = project === undefined ? undefined : { project, scopes: everything, login: undefined }
    this.#authorize = options.authorize
    this.#log = options.log
    this.#address = options.address
  }

  async judge(request: Request): Promise<Verdict> {
    const arrived = performance.now()
    const login = this.looksForLogin && request.kind === 'put' ? readLogin(request.body) : undefined
    if (!login && this.withoutLogin) return { kind: 'passed' }
    const access = login && (await this.#accessOf(login))
    if (login && access) {
      return { kind: 'logged_in', admission: { project: login.project, scopes: access.scopes, login } }
    }
    this.#failures++
    this.#log.warn(
      { address: this.#address, failures: this.#failures, loginGiven: login !== undefined },
      'beanstalk login refused',
    )
    await pause(Math.max(0, FAILURE_MILLISECONDS - (performance.now() - arrived)))
    return { kind: 'refused', last: this.#failures >= FAILURES }
  }

  async #accessOf({ token, project }: Login) {
    try {
      return await this.#authorize(token, project)
    } catch (fault) {
      this.#log.error({ err: fault }, 'a beanstalk login could not be checked')
      return undefined
    }
  }
}
