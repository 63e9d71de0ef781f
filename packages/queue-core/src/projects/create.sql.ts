import type { AnySql } from '../db/connect.ts'
import type { Project } from './project.ts'

/** Adds the project; no row when the id is taken. */
export const insertProject = (sql: AnySql, project: { id: string; name: string }) => sql<Project[]>`
  insert into weldmq.projects (id, name) values (${project.id}, ${project.name})
  on conflict (id) do nothing
  returning id, name, created_at as "createdAt"`
