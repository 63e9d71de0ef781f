import type { Transaction } from '../db/connect.ts'

/** Removes the project itself; no row when there is none. */
export const deleteProjectRow = (sql: Transaction, id: string) => sql<{ id: string }[]>`
  delete from weldmq.projects where id = ${id} returning id`

/** Removes the project's queues from the directory and marks them for upkeep, which removes their messages. */
export const retireQueues = (sql: Transaction, projectId: string) => sql`
  with gone as (delete from weldmq.queues where project_id = ${projectId} returning id),
       closed as (delete from weldmq.queue_state where queue_id = any(array(select id from gone)))
  insert into weldmq.deleted_queues (queue_id) select id from gone`

/** Forgets what a retried post of this project would have been answered. */
export const deleteIdempotencyKeys = (sql: Transaction, projectId: string) => sql`
  delete from weldmq.idempotency_keys where project_id = ${projectId}`

/** Takes the project from every token, so that a later project of the same id is not open to old tokens. */
export const unbindTokens = (sql: Transaction, projectId: string) => sql`
  update weldmq.tokens set projects = array_remove(projects, ${projectId}) where ${projectId} = any(projects)`
