import { json } from '@weldmq/service-kit'
import { Msg } from '@weldmq/v3-wire'
import { z } from 'zod'
import { docs } from './docs.ts'
import { type Described, type Page, base } from './route.ts'
import { version } from './routes/version.ts'

/** The OpenAPI 3.1 document, made once from the routes and their schemas, so that it cannot drift from them. */
export function openApi(routes: readonly Described[]): Page {
  const self: Page = {
    path: '/3/openapi.json',
    summary: 'This document',
    type: 'application/json',
    handle: () => json(200, document),
  }
  const document = {
    openapi: '3.1.0',
    info: { title: 'WeldMQ REST v3', version: '3.0.0', description },
    security: [{ header: [] }, { query: [] }],
    paths: pathsOf([
      ...routes.map((route) => ({ path: base + route.path, method: route.method, operation: operationOf(route) })),
      ...[version, self, ...docs].map((page) => ({ path: page.path, method: 'GET', operation: pageOf(page) })),
    ]),
    components: {
      securitySchemes: {
        header: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'OAuth TOKEN, or Bearer TOKEN' },
        query: { type: 'apiKey', in: 'query', name: 'oauth', description: 'For webhook addresses' },
      },
    },
  }
  return self
}

const description =
  'Keys of request bodies are matched in any case, null means left out, unknown keys are ignored, and the content type ' +
  'is not looked at. POST with X-HTTP-Method-Override stands for DELETE, PATCH or PUT.'

type Entry = { path: string; method: string; operation: Record<string, unknown> }

function pathsOf(entries: Entry[]): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { path, method, operation } of entries) {
    const template = path.replace(/:(\w+)/g, '{$1}')
    paths[template] = { ...paths[template], [method.toLowerCase()]: { ...operation, ...parametersOf(path, operation) } }
  }
  return paths
}

function parametersOf(path: string, operation: Record<string, unknown>) {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const parameters = [...inPath, ...((operation.parameters as unknown[] | undefined) ?? [])]
  return parameters.length === 0 ? {} : { parameters }
}

function operationOf(route: Described): Record<string, unknown> {
  const body = route.shownBody ?? route.body
  const scope = route.scope === undefined ? 'any valid token' : `a token with the scope ${route.scope}`
  return {
    tags: [tagOf(route.path)],
    summary: route.summary,
    description: `Needs ${scope}${route.withoutToken ? `, or none where ${route.withoutToken.when}` : ''}.`,
    parameters: [...queryParameters(route.query), ...(route.scope === 'produce' ? [idempotencyKey] : [])],
    ...(body && { requestBody: { content: { 'application/json': { schema: schemaOf(body) } } } }),
    ...(route.path.endsWith('/webhook') && { requestBody: { content: { '*/*': {} } } }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, schema]) => [status, answer('Done', schema)])),
      401: answer('Invalid project/token combination', Msg),
      default: answer('What went wrong', Msg),
    },
  }
}

/** Under which heading the docs page shows a route. */
function tagOf(path: string): string {
  const tags = {
    Messages: /\/(messages|reservations|webhook)/,
    'Push queues': /\/subscribers/,
    Alerts: /\/alerts/,
    'Live stream': /\/stream/,
  }
  if (path.endsWith('/:id/subscribers')) return 'Push queues'
  return Object.entries(tags).find(([, pattern]) => pattern.test(path))?.[0] ?? 'Queues'
}

const pageOf = (page: Page) => ({
  tags: ['About'],
  summary: page.summary,
  security: [],
  responses: { 200: { description: page.summary, content: { [page.type]: {} } } },
})

const answer = (text: string, schema: z.ZodType) => ({
  description: text,
  content: { 'application/json': { schema: schemaOf(schema) } },
})

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  description: 'Posts with the same key and content are stored once and answered alike',
}

function queryParameters(query: z.ZodType | undefined) {
  const properties = query === undefined ? {} : (schemaOf(query).properties ?? {})
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }))
}

/** What a schema lets through is what is shown; other keys are ignored rather than forbidden. */
function schemaOf(schema: z.ZodType) {
  const { $schema: _, ...shown } = z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    },
  })
  return shown
}
