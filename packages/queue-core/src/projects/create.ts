import type { AnySql } from '../db/connect.ts'
import { ok, refuse, type Result } from '../refusal.ts'
import { insertProject } from './create.sql.ts'
import { brokenLabelRule } from './label.ts'
import { isProjectId, newId, projectIdRule } from './project-id.ts'
import type { Project } from './project.ts'

/** Adds a project without queues. An id is drawn unless one is given; a given one that is taken is refused. */
export async function createProject(sql: AnySql, command: { name: string; id?: string }): Promise<Result<Project>> {
  const { name, id = newId() } = command
  if (name === '') return refuse({ kind: 'invalid', field: 'name', rule: 'must not be empty' })
  const rule = brokenLabelRule(name)
  if (rule) return refuse({ kind: 'invalid', field: 'name', rule })
  if (!isProjectId(id)) return refuse({ kind: 'invalid', field: 'id', rule: projectIdRule })

  const [project] = await insertProject(sql, { id, name })
  return project ? ok(project) : refuse({ kind: 'invalid', field: 'id', rule: 'is the id of another project' })
}
