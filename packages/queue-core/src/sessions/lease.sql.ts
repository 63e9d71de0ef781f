import type { Sql } from '../db/connect.ts'

export const openLease = (sql: Sql) => sql<{ id: number }[]>`
  insert into weldmq.gateways default values returning id`

/** Nothing when the gateway was given up meanwhile. */
export const renewLease = (sql: Sql, gateway: number) => sql<{ id: number }[]>`
  update weldmq.gateways set seen_at = now() where id = ${gateway} and not given_up returning id`

/** At the end of a process that has given back everything itself. */
export const endLease = (sql: Sql, gateway: number) => sql`
  with u as (delete from weldmq.queue_users where gateway = ${gateway})
  update weldmq.gateways set given_up = true where id = ${gateway}`

/** Takes gateways for dead whose lease is older than 10 s (contract beanstalk 9.5), with what their sessions used. */
export const giveUpLeases = (sql: Sql) => sql`
  with g as (
    update weldmq.gateways set given_up = true where seen_at < now() - interval '10 s' and not given_up)
  delete from weldmq.queue_users where gateway in (select id from weldmq.gateways where given_up)`

/** Makes ready what is held by gateways given up, as after the end of a session: nothing is counted. */
export const reclaimHeld = (sql: Sql, limit: number) => sql<{ queue_id: number; reclaimed: number }[]>`
  with u as (
    update weldmq.messages m
       set state = 0, due_at = null, reservation = null, holder = null, expires_at = greatest(expires_at, now()),
           lane = coalesce((select s.cur from weldmq.queue_state s where s.queue_id = m.queue_id), 1)
     where ctid = any(array(
           select x.ctid from weldmq.gateways g cross join lateral (
                  select ctid from weldmq.messages
                   where holder = g.id and holder > 0 and state + 0 = 2 limit ${limit} for update skip locked) x
            where g.given_up limit ${limit}))
    returning queue_id)
  select queue_id, count(*)::int as reclaimed from u group by queue_id`

/** Ten minutes after its end no statement of a gateway can be under way any more. */
export const forgetGateways = (sql: Sql) => sql`
  delete from weldmq.gateways where given_up and seen_at < now() - interval '10 minutes'`
