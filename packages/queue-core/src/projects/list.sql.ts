import type { Sql } from '../db/connect.ts'
import type { Project } from './project.ts'

/** Every project, the oldest first. */
export const selectProjects = (sql: Sql) => sql<Project[]>`
  select id, name, created_at as "createdAt" from weldmq.projects order by created_at, id`
