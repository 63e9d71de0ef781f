import type { CallOptions, Caller } from '../http/caller.ts'
import type { NewAlert } from './queue-info.ts'

/** The alerts of a pull queue, at most 5, which `Queue.info` lists. */
export type Alerts = {
  add(alerts: readonly NewAlert[], options?: CallOptions): Promise<void>
  replace(alerts: readonly NewAlert[], options?: CallOptions): Promise<void>
  /** 404 when one of them is not there. */
  remove(ids: readonly string[], options?: CallOptions): Promise<void>
  removeAll(options?: CallOptions): Promise<void>
}

export function openAlerts(call: Caller, queuePath: string): Alerts {
  const path = `${queuePath}/alerts`
  return {
    async add(alerts, { signal } = {}) {
      await call({ method: 'POST', path, body: { alerts }, repeatable: false, signal })
    },
    async replace(alerts, { signal } = {}) {
      await call({ method: 'PUT', path, body: { alerts }, repeatable: true, signal })
    },
    async remove(ids, { signal } = {}) {
      await call({ method: 'DELETE', path, body: { alerts: ids.map((id) => ({ id })) }, repeatable: false, signal })
    },
    async removeAll({ signal } = {}) {
      await call({ method: 'PUT', path, body: { alerts: [] }, repeatable: true, signal })
    },
  }
}
