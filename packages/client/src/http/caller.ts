import { type BackOff, fullJitter } from '../back-off.ts'
import { pause } from '../pause.ts'
import { WeldmqError } from '../weldmq-error.ts'
import { attempt } from './attempt.ts'

export type CallOptions = {
  /** Ends the call; it then rejects with the signal's reason, and may nevertheless have been done. */
  signal?: AbortSignal | undefined
}

export type Call = CallOptions & {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/3/projects/{project_id}`, encoded. */
  path: string
  body?: unknown
  headers?: Record<string, string>
  /** Doing it twice is like doing it once, so it may be sent again when its outcome is unknown. */
  repeatable: boolean
  /** How much longer than usual the server may take. */
  waitSeconds?: number | undefined
}

/** Sends one call, again where that is safe, and resolves with the JSON object that answers it. */
export type Caller = (call: Call) => Promise<unknown>

export type CallerSettings = {
  /** Scheme, host and whatever stands before `/3/`. */
  url: string
  projectId: string
  token: () => string | Promise<string>
  fetch: typeof fetch
  timeoutMilliseconds: number
  retries: number
  backOff: BackOff
}

const LONGEST_PAUSE_MILLISECONDS = 30_000

export function openCaller(settings: CallerSettings): Caller {
  const base = `${settings.url.replace(/\/+$/, '')}/3/projects/${encodeURIComponent(settings.projectId)}`

  async function once(call: Call): Promise<unknown> {
    return attempt({
      fetch: settings.fetch,
      url: base + call.path,
      method: call.method,
      headers: {
        Authorization: `OAuth ${await settings.token()}`,
        ...(call.body !== undefined && { 'Content-Type': 'application/json' }),
        ...call.headers,
      },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      timeoutMilliseconds: settings.timeoutMilliseconds + (call.waitSeconds ?? 0) * 1000,
      signal: call.signal,
    })
  }

  return async (call) => {
    for (let repetition = 0; ; repetition++) {
      try {
        return await once(call)
      } catch (error) {
        if (repetition >= settings.retries || !mayRepeat(error, call)) throw error
        const asked = (error.retryAfterSeconds ?? 0) * 1000
        if (asked > LONGEST_PAUSE_MILLISECONDS) throw error // the caller knows better what to do meanwhile
        await pause(Math.max(asked, fullJitter(repetition, settings.backOff)), call.signal)
      }
    }
  }
}

/** Only what may succeed later, and only when a second time can do no harm: nothing was done yet, or it does not matter. */
function mayRepeat(error: unknown, call: Call): error is WeldmqError {
  return error instanceof WeldmqError && error.temporary && (error.nothingDone || call.repeatable)
}
