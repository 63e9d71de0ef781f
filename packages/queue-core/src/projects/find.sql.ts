import type { Sql } from '../db/connect.ts'
import type { Project } from './project.ts'

/** The project of this id, if there is one. */
export const selectProject = (sql: Sql, id: string) => sql<Project[]>`
  select id, name, created_at as "createdAt" from weldmq.projects where id = ${id}`
