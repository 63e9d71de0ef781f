import type { Sql } from '../db/connect.ts'
import { selectProjects } from './list.sql.ts'
import type { Project } from './project.ts'

/** Every project, the oldest first. */
export const listProjects = async (sql: Sql): Promise<Project[]> => [...(await selectProjects(sql))]
