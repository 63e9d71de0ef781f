import type { Sql } from './connect.ts'

/** What this connection's server promises about a commit, and which of our tables it does not log. */
export const selectDurability = (sql: Sql) => sql<
  {
    fsync: string
    fullPageWrites: string
    synchronousCommit: string
    standbyNames: string
    unlogged: string[]
  }[]
>`
  select current_setting('fsync') as fsync,
         current_setting('full_page_writes') as "fullPageWrites",
         current_setting('synchronous_commit') as "synchronousCommit",
         current_setting('synchronous_standby_names') as "standbyNames",
         array(select c.relname::text from pg_class c
                where c.relnamespace = 'weldmq'::regnamespace and c.relkind in ('r', 'p') and c.relpersistence <> 'p'
                order by 1) as unlogged`
