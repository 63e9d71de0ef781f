import type { Sql } from '../db/connect.ts'
import { ok, refuse, type Result } from '../refusal.ts'
import { createToken } from '../tokens/create.ts'
import type { Token } from '../tokens/token.ts'
import { createProject } from './create.ts'
import { lockFirstStart, selectPresence } from './first-start.sql.ts'
import { isProjectId, projectIdRule } from './project-id.ts'
import type { Project } from './project.ts'

export type FirstStart = {
  /** Undefined when there are projects or tokens already, and only an admin token was missing. */
  project: Project | undefined
  token: Token & { secret: string }
}

/**
 * In an empty database, makes the first project and an admin token, with the given id and secret or with drawn ones;
 * exactly once, however many gateways start together. Where projects are but no valid admin token is left, only the
 * token is made, since nobody could make another. Otherwise does nothing and answers undefined.
 */
export async function makeFirstStart(
  sql: Sql,
  command: { projectId?: string; secret?: string },
): Promise<Result<FirstStart | undefined>> {
  const { projectId: id, secret } = command
  if (id !== undefined && !isProjectId(id)) return refuse({ kind: 'invalid', field: 'id', rule: projectIdRule })
  return sql.begin(async (tx) => {
    await lockFirstStart(tx)
    const [presence] = await selectPresence(tx)
    if (presence?.admins) return ok(undefined)

    const token = await createToken(tx, { name: 'admin', admin: true, secret })
    if (!token.ok) return token
    if (presence?.anything) return ok({ project: undefined, token: token.value })
    const project = await createProject(tx, { name: 'default', id })
    // Thrown, so that the token goes too. It cannot be: the id is well-formed, and there is no other project.
    if (!project.ok) throw new Error('The first project was refused')
    return ok({ project: project.value, token: token.value })
  })
}
