import { createMetrics, httpApp, openLog, startHttp } from '@weldmq/service-kit'
import { chromiumArguments, findChromium, until } from '@weldmq/testing'
import { chromium } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { livePage, openStreamDoor } from '../src/index.ts'
import { startStream } from './stream.ts'

const stream = await startStream()
const log = openLog({ name: 'test', level: 'error' })

const executablePath = findChromium('live-page.test.ts')

test('the live page may run and load nothing but itself, and stand in no frame', async () => {
  const around = { log, metrics: createMetrics() }
  const app = httpApp(around).route('/', livePage(around))
  const server = await startHttp({ fetch: app.fetch, host: '127.0.0.1', port: 0, log })
  onTestFinished(() => server.stop(0))
  const answer = await fetch(`${server.url}/stream/live`)
  const policy = answer.headers.get('content-security-policy')
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[^ ]+'; script-src 'sha256-[^ ]+'; connect-src 'self';/,
  )
  expect(policy).toMatch(/frame-ancestors 'none'$/)
  expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await answer.text()).not.toMatch(/ (?:style|on[a-z]+)=/)
})

/** An empty page of a browser, and a server that has the live page and the stream. */
async function aPage() {
  const metrics = createMetrics()
  const door = openStreamDoor({ core: stream.core, config: { origins: new Set() }, log, metrics })
  const app = httpApp({ log, metrics }).route('/', livePage({ log, metrics }))
  const server = await startHttp({ fetch: app.fetch, host: '127.0.0.1', port: 0, log, upgrade: door.upgrade })
  onTestFinished(() => Promise.all([door.stop(), server.stop(0)]).then(() => undefined))
  const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArguments })
  onTestFinished(() => browser.close())
  return { page: await browser.newPage({ viewport: { width: 1000, height: 700 } }), server }
}

test.runIf(executablePath)(
  'the live page shows messages as they arrive, its credit, and acknowledges them',
  async () => {
    const { project, token, post, size } = await stream.aDoor()
    const { page, server } = await aPage()
    const problems: string[] = []
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('pageerror', (fault) => problems.push(String(fault)))
    const text = (id: string) => page.locator(`#${id}`).textContent()

    await page.goto(`${server.url}/stream/live#project=${project}&token=${token}&queue=q&credit=5&work=100000`)
    await page.getByRole('button', { name: 'Connect' }).click()
    await until(async () => (await text('credit')) === '5')
    await post('<b>one</b>', 'two')
    await until(async () => (await text('held')) === '2')
    expect(await text('credit')).toBe('3')
    expect(await page.locator('#messages td:nth-child(2)').allTextContents()).toEqual(['two', '<b>one</b>'])

    await page.getByLabel('Work').fill('0')
    await page.getByRole('button', { name: 'Connect' }).click() // a new socket: what the old one held comes again
    await until(async () => (await text('acknowledged')) === '2' && (await size()) === 0)
    await until(async () => (await text('credit')) === '5' && (await text('size')) === '0')
    expect(problems).toEqual([])
  },
)

test.runIf(executablePath)('the live page waits for a queue that there is not yet', async () => {
  const { project, token } = await stream.aDoor()
  const { page, server } = await aPage()
  await page.goto(`${server.url}/stream/live#project=${project}&token=${token}&queue=later&work=0`)
  await page.getByRole('button', { name: 'Connect' }).click()
  await page.getByText('no queue later yet').waitFor()
  await stream.core.postMessages({ project, queue: 'later', messages: [{ body: Buffer.from('first') }] })
  await page.getByText('first').waitFor()
  await until(async () => (await page.locator('#acknowledged').textContent()) === '1')
  expect(await page.locator('#state').textContent()).toBe('listening to later')
})
