import { setTimeout as pause } from 'node:timers/promises'
import { type Core, type Scope, scopes } from '@weldmq/queue-core'
import type { Log } from '@weldmq/service-kit'
import type { Mode } from './config.ts'
import { type Login, readLogin } from './login.ts'
import type { Request } from './parser.ts'

/** Contract 15.6 */
const FAILURES = 3
const FAILURE_MILLISECONDS = 500

/** Who a connection turned out to be. */
export type Admission = { project: string; scopes: ReadonlySet<Scope>; login: Login | undefined }

export type Verdict =
  /** This request logged in. */
  | { kind: 'logged_in'; admission: Admission }
  /** It did not have to; the request is still to be executed. */
  | { kind: 'passed'; admission: Admission }
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
  readonly #mode: Mode
  readonly #project: string | undefined
  readonly #authorize: Core['authorize']
  readonly #log: Log
  readonly #address: string | undefined
  #failures = 0

  constructor(options: GateOptions) {
    this.#mode = options.mode
    this.#project = options.project
    this.#authorize = options.authorize
    this.#log = options.log
    this.#address = options.address
  }

  async judge(request: Request): Promise<Verdict> {
    const arrived = performance.now()
    const login = this.#mode !== 'off' && request.kind === 'put' ? readLogin(request.body) : undefined
    if (!login && this.#project !== undefined) {
      return { kind: 'passed', admission: { project: this.#project, scopes: new Set(scopes), login: undefined } }
    }
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
