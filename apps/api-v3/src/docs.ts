import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { message } from '@weldmq/service-kit'
import type { Page } from './route.ts'

/** Nothing from anywhere else, and no script or style inside the page. */
const security = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>WeldMQ REST v3</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

const start = `SwaggerUIBundle({ url: '/3/openapi.json', dom_id: '#ui', deepLinking: true, validatorUrl: null })\n`

const require = createRequire(import.meta.url)
const folder = dirname(require.resolve('swagger-ui-dist/package.json'))
const fromPackage = (name: string) => () => readFile(join(folder, name))

/** Every file there is; a name that is not here is answered with 404, so no path ever reaches the disk. */
const files: Record<string, { type: string; read: () => string | Promise<Uint8Array> }> = {
  'start.js': { type: 'text/javascript; charset=utf-8', read: () => start },
  'swagger-ui-bundle.js': { type: 'text/javascript; charset=utf-8', read: fromPackage('swagger-ui-bundle.js') },
  'swagger-ui.css': { type: 'text/css; charset=utf-8', read: fromPackage('swagger-ui.css') },
  'favicon-32x32.png': { type: 'image/png', read: fromPackage('favicon-32x32.png') },
}

/** The page that shows the OpenAPI document; everything it loads is served from here. */
export const docs: Page[] = [
  {
    path: '/docs',
    summary: 'This document as a page',
    type: 'text/html',
    handle: () => whole(html, 'text/html; charset=utf-8'),
  },
  {
    path: '/docs/:file',
    summary: 'What the page loads',
    type: '*/*',
    async handle(path) {
      const name = path.slice('/docs/'.length)
      const file = Object.hasOwn(files, name) ? files[name] : undefined
      return file === undefined ? message(404, 'Not found') : whole(await file.read(), file.type)
    },
  },
]

const whole = (body: string | Uint8Array, type: string) =>
  new Response(body, {
    headers: { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)), ...security },
  })
