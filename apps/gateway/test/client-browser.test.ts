import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromiumArguments, findChromium } from '@weldmq/testing'
import { type Browser, type Page, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clientOf } from './client.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'

// packages/client in a real browser: the built files as they are, in a page of the gateway's own origin.
const executablePath = findChromium('client-browser.test.ts')
const built = fileURLToPath(new URL('../../../packages/client/dist/', import.meta.url))
const gateway = await aGateway(await aDatabase())

/** The file, and every file that it imports, with what it imports from elsewhere. */
function graphOf(file: string, files = new Map<string, string>()): Map<string, string> {
  if (files.has(file)) return files
  if (!existsSync(built + file)) throw new Error('The client is not built; npm test does that first')
  const text = readFileSync(built + file, 'utf8')
  files.set(file, text)
  for (const [, name = ''] of text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)) {
    if (!name.startsWith('.')) files.set(name, '')
    else graphOf(posix.join(posix.dirname(file), name).replace(/\.ts$/, '.d.ts'), files)
  }
  return files
}

test('a browser loads nothing but our own files, and nothing of Node', () => {
  const files = graphOf('browser.js')
  expect([...files.keys()].filter((name) => !name.endsWith('.js'))).toEqual([])
  const text = [...files.values()].join('').replaceAll(/\/\*[^]*?\*\//g, '')
  expect(text.match(/\b(Buffer|process|require|node:\w+)\b/g)).toBeNull()
})

test('the types name no other package either', () => {
  for (const entry of ['index.d.ts', 'browser.d.ts']) {
    expect([...graphOf(entry).keys()].filter((name) => !name.endsWith('.d.ts'))).toEqual([])
  }
})

describe.runIf(executablePath !== undefined)('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: chromiumArguments })
  })
  afterAll(() => browser.close())

  /** A page that has the client; `run` is the body of an async function with `weldmq` and `WeldmqError` in it. */
  async function aPage(token: string = adminToken) {
    const page = await browser.newPage()
    // A page that the gateway itself answers: from one made up here the browser would not let us back to loopback.
    await page.goto(`${gateway.url}/healthz`)
    await page.route(`${gateway.url}/client/**`, async (route) => {
      const { pathname } = new URL(route.request().url())
      const body = readFileSync(`${built}${pathname.slice('/client/'.length)}`, 'utf8')
      await route.fulfill({ contentType: 'text/javascript', body })
    })
    const given = JSON.stringify({ url: gateway.url, projectId, token })
    const run = (body: string) =>
      page.evaluate(`(async () => {
      const { connect, WeldmqError } = await import('/client/browser.js')
      const weldmq = connect(${given})
      ${body}
    })()`)
    return { page, run }
  }

  const shown = (page: Page) => page.evaluate('globalThis.shown')

  test('the calls of v3', async () => {
    const { run } = await aPage()
    const answers = await run(`
    const queue = weldmq.queue('calls')
    await queue.create({ messageTimeout: 90 })
    await queue.post(['ä', { body: 'later', delay: 60 }])
    const [message] = await queue.reserve({ count: 5 })
    await message.touch()
    await message.delete()
    const missing = await weldmq.queue('missing').info().catch((error) => error)
    const { messageTimeout, size } = await queue.info()
    return [messageTimeout, size, message.body, missing instanceof WeldmqError, missing.status]`)
    expect(answers).toEqual([90, 1, 'ä', true, 404])
  })

  test('the stream: posts, handlers, the loop, and closing', async () => {
    const { page, run } = await aPage()
    await run(`
    await weldmq.queue('live').create()
    await weldmq.queue('loop').create()
    globalThis.shown = []
    globalThis.stream = weldmq.stream()
    stream.subscribe('live', { credit: 10 }, ({ body }) => void shown.push(body))
    ;(async () => {
      for await (const message of stream.messages('loop', { credit: 2 })) {
        shown.push('loop ' + message.body)
        await message.delete()
      }
      shown.push('end of loop')
    })()
    await stream.post('live', ['1', '2', '3'])`)
    await clientOf(gateway).queue('loop').post(['a', 'b', 'c'])
    await vi.waitFor(async () => expect(await shown(page)).toHaveLength(6))
    expect(((await shown(page)) as string[]).toSorted()).toEqual(['1', '2', '3', 'loop a', 'loop b', 'loop c'])
    await page.evaluate('stream.close()')
    expect(await shown(page)).toContain('end of loop')
    for (const name of ['live', 'loop']) expect((await clientOf(gateway).queue(name).info()).size).toBe(0)
  })

  test('a page that is closed gives its messages back', async () => {
    const queue = clientOf(gateway).queue('left')
    await queue.create()
    const { page, run } = await aPage()
    await run(`
    globalThis.shown = []
    weldmq.stream().subscribe('left', ({ body }) => { shown.push(body); return new Promise(() => {}) })`)
    await queue.post('x')
    await vi.waitFor(async () => expect(await shown(page)).toEqual(['x']))
    expect(await queue.peek()).toEqual([])
    await page.close()
    await vi.waitFor(async () => expect(await queue.peek()).toHaveLength(1))
  })

  test('a wrong token', async () => {
    const wrong = await aPage('wrong-token')
    const refused =
      'return weldmq.stream().subscribe("q", () => {}).ended.catch(({ status, temporary }) => [status, temporary])'
    expect(await wrong.run(refused)).toEqual([4401, false])
  })

  test('a token that cannot stand in a header is said in a frame', async () => {
    const odd = await aPage('odd (token)')
    const refused =
      'return weldmq.stream().subscribe("q", () => {}).ended.catch(({ status, temporary }) => [status, temporary])'
    expect(await odd.run(refused)).toEqual([4401, false])
  })
})
