import type { Sql } from '../db/connect.ts'
import { ok, refuse, type Result } from '../refusal.ts'
import { selectProject } from './find.sql.ts'
import { isProjectId } from './project-id.ts'
import type { Project } from './project.ts'

/** Answers the project as it is stored now. */
export async function findProject(sql: Sql, { id }: { id: string }): Promise<Result<Project>> {
  const [project] = isProjectId(id) ? await selectProject(sql, id) : []
  return project ? ok(project) : refuse({ kind: 'project_not_found', project: id })
}
