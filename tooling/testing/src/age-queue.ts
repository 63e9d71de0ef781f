import { setTimeout as pause } from 'node:timers/promises'
import type postgres from 'postgres'

type OnQueue = { project: string; queue: string }

const queueIds = (sql: postgres.Sql, { project, queue }: OnQueue) =>
  sql`select id from weldmq.queues where project_id = ${project} and name = ${queue}`

/**
 * Lets time pass for one queue's messages, deliveries and alerts: no test sleeps, no clock is faked. A moment that is
 * reached on the way has just been reached, as for upkeep that was there all the time.
 */
export async function ageQueue(sql: postgres.Sql, on: OnQueue, seconds: number): Promise<void> {
  const aged = (moment: string) => sql`
    case when ${sql(moment)} <= now() then ${sql(moment)}
         else greatest(${sql(moment)} - make_interval(secs => ${seconds}), now()) end`
  await sql`
    update weldmq.messages
       set due_at = ${aged('due_at')}, expires_at = ${aged('expires_at')},
           created_at = created_at - make_interval(secs => ${seconds})
     where queue_id in (${queueIds(sql, on)})`
  await sql`
    update weldmq.deliveries
       set due_at = ${aged('due_at')}, last_try_at = last_try_at - make_interval(secs => ${seconds})
     where queue_id in (${queueIds(sql, on)})`
  await sql`
    update weldmq.subscriber_health set paused_until = ${aged('paused_until')}
     where queue_id in (${queueIds(sql, on)})`
  await sql`
    update weldmq.push_rates set free_at = free_at - make_interval(secs => ${seconds})
     where queue_id in (${queueIds(sql, on)})`
  await sql`
    update weldmq.alerts set fired_at = fired_at - make_interval(secs => ${seconds})
     where queue_id in (${queueIds(sql, on)})`
}

/**
 * The same, until upkeep has seen to what is due by then: what a caller finds right after `ageQueue` depends on whether
 * he or upkeep comes first.
 */
export async function letPass(sql: postgres.Sql, on: OnQueue, seconds: number): Promise<void> {
  await ageQueue(sql, on, seconds)
  await nothingIsDue(sql, on)
}

/** Resolves when upkeep has seen to all that is due in the queue. */
export const nothingIsDue = (sql: postgres.Sql, on: OnQueue): Promise<void> =>
  until(async () => {
    const [row] = await sql`
      select count(*)::int as n from weldmq.messages
       where queue_id in (${queueIds(sql, on)})
         and (state in (1, 2) and due_at <= now() or state <> 2 and expires_at <= now())`
    return row!['n'] === 0
  })

/** Resolves when it holds; a test that waits in vain fails with what it waited for in its stack. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  const failure = new Error('waited 20 s in vain')
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(10)) if (await holds()) return
  throw failure
}
