import type { SeenAlert } from './firing.sql.ts'

/** The body of an alert message: a JSON text that programs of today already read (contract v2 6.5). */
export const alertMessage = (fired: SeenAlert): string =>
  JSON.stringify({
    source_queue: fired.queue,
    queue_size: fired.size,
    alert_id: fired.id,
    alert_type: fired.type,
    alert_direction: fired.direction,
    alert_trigger: fired.trigger,
    created_at: fired.moment.toISOString(),
  })
