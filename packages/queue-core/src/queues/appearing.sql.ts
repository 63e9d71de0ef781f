import type { Sql } from '../db/connect.ts'

/** Which of these queues there are. */
export const whichExist = (sql: Sql, projects: string[], names: string[]) => sql<{ project: string; name: string }[]>`
  select q.project_id as project, q.name
    from unnest(${projects}::text[], ${names}::text[]) as t (project, name)
    join weldmq.queues q on q.project_id = t.project and q.name = t.name`
