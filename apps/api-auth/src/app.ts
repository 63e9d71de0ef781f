import type { Core } from '@weldmq/queue-core'
import { type HttpEnv, type Witness, endpoint } from '@weldmq/service-kit'
import { Hono } from 'hono'
import { checkAccess, logIn } from './routes/authentication.ts'
import { createProject, deleteProject, findProject, listProjects } from './routes/projects.ts'
import { createToken, deleteToken, listTokens } from './routes/tokens.ts'
import type { Route } from './route.ts'

export type ApiAuthOptions = Witness & { core: Core }

/** Every route of projects and tokens. */
const routes: Route[] = [
  checkAccess,
  logIn,

  createToken,
  listTokens,
  deleteToken,

  createProject,
  listProjects,
  findProject,
  deleteProject,
]

/** Projects and tokens over REST, to be mounted at `/` of an `httpApp`, which gives it its paths, 404 and 405. */
export function apiAuth({ core, log, metrics }: ApiAuthOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  for (const { method, path, handle } of routes) {
    const handler = endpoint({ log, metrics }, `${method} ${path}`, (c) =>
      handle({ core, log, metrics, incoming: c.env.incoming, id: c.req.param('id') ?? '' }),
    )
    app.on(method, path, handler)
  }
  return app
}
