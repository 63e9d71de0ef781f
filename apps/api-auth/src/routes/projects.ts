import { json, message } from '@weldmq/service-kit'
import { z } from 'zod'
import { type Route, admin, bearer, bodyOf, reply } from '../route.ts'
import { showProject } from '../show.ts'

const ProjectBody = z.object({ name: z.string('must be a string') })

/** Some clients read the fields themselves, others inside `project` (auth-and-projects, section 3). */
const wrapped = (project: Parameters<typeof showProject>[0]) => ({
  project: showProject(project),
  ...showProject(project),
})

/** Makes a project; admins only. */
export const createProject: Route = {
  method: 'POST',
  path: '/1/projects',
  async handle(call) {
    const { tokenId } = await admin(call)
    const { name } = await bodyOf(call, ProjectBody)
    const result = await call.core.createProject({ name })
    if (result.ok) call.log.info({ projectId: result.value.id, by: tokenId }, 'project created')
    return reply(call, result, wrapped)
  },
}

/** The projects the token may use: all of them for an admin. */
export const listProjects: Route = {
  method: 'GET',
  path: '/1/projects',
  async handle(call) {
    const access = await bearer(call)
    const projects = await call.core.listProjects()
    return json(200, {
      projects: projects.filter(({ id }) => access.admin || access.projects.has(id)).map(showProject),
    })
  },
}

/** One project; 404 alike for one that does not exist and one that the token may not use (security row 3). */
export const findProject: Route = {
  method: 'GET',
  path: '/1/projects/:id',
  async handle(call) {
    const access = await bearer(call)
    const result = await call.core.findProject({ id: call.id })
    if (result.ok && !access.admin && !access.projects.has(call.id)) {
      return reply(call, { ok: false, refusal: { kind: 'project_not_found', project: call.id } }, wrapped)
    }
    return reply(call, result, wrapped)
  },
}

/** Removes a project with all its queues and messages; admins only. */
export const deleteProject: Route = {
  method: 'DELETE',
  path: '/1/projects/:id',
  async handle(call) {
    const { tokenId } = await admin(call)
    const result = await call.core.deleteProject({ id: call.id })
    if (!result.ok) return reply(call, result, () => undefined)
    call.log.info({ projectId: call.id, by: tokenId }, 'project deleted')
    return message(200, 'Project deleted')
  },
}
