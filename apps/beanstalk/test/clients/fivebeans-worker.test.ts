import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fivebeans from 'fivebeans'
import { expect, onTestFinished, test } from 'vitest'
import { converse } from '../conversation.ts'
import { onEachServer } from './servers.ts'

// The worker of fivebeans in this process, and its runner as its documents have it: a program with a file of settings.
onEachServer((server) => {
  async function aProducer(tube: string) {
    const producer = await converse(server.place())
    onTestFinished(() => producer.destroy())
    await producer.ask(`use ${tube}`)
    const put = async (job: unknown) => {
      const body = JSON.stringify(job)
      return (await producer.ask(`put 0 0 60 ${body.length}\r\n${body}`)).line.split(' ')[1]!
    }
    return { put, stateOf: (id: string) => stateIn(producer, id) }
  }

  test('a worker works off its tubes: success, release, bury, an exception, an unknown type', async () => {
    const { put, stateOf } = await aProducer('fb-worker')
    const done: string[] = []
    const work = (payload: string, callback: (action: string, delay?: number) => void) => {
      if (payload === 'throw') throw new Error('from a handler')
      callback(payload, 100)
    }
    const worker = new fivebeans.worker({
      id: 'w',
      host: '127.0.0.1',
      port: server.port(),
      handlers: { note: { type: 'note', work } },
      ignoreDefault: true,
      timeout: 1,
    })
    const warnings: string[] = []
    worker.on('warning', ({ message }: { message: string }) => warnings.push(message))
    for (const event of ['deleted', 'released', 'buried'])
      worker.on(`job.${event}`, (id: string) => done.push(`${event} ${id}`))
    worker.start(['fb-worker', 'fb-worker-other'])
    await once(worker, 'started')

    const ids: string[] = []
    for (const payload of ['success', 'release', 'bury', 'throw']) ids.push(await put({ type: 'note', payload }))
    ids.push(await put({ type: 'nobody knows' }))
    ids.push(await put(['fb-worker', { type: 'note', payload: 'success' }]))
    while (done.length < ids.length) await once(worker, 'next')
    const [success, release, bury, thrown, unknown, wrapped] = ids
    expect(done).toEqual([
      `deleted ${success}`,
      `released ${release}`,
      ...[bury, thrown, unknown].map((id) => `buried ${id}`),
      `deleted ${wrapped}`,
    ])
    expect([await stateOf(release!), await stateOf(bury!)]).toEqual(['delayed', 'buried'])
    expect(warnings).toEqual(['exception in job handler', 'no handler found'])

    worker.stop()
    await once(worker, 'stopped')
  })

  test('a runner starts from its file and ends in order on a signal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weldmq-fivebeans-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'handler.js'), handler)
    await writeFile(join(folder, 'settings.yml'), settings(server.port()))
    const main = createRequire(import.meta.url).resolve('fivebeans')
    const program = `new (require(${JSON.stringify(main)}).runner)('r', 'settings.yml').go()`
    const runner = spawn(process.execPath, ['-e', program], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void runner.kill('SIGKILL'))

    const { put } = await aProducer('fb-runner')
    await put({ type: 'say', payload: 'hello from a job' })
    let said = ''
    for await (const text of runner.stdout.setEncoding('utf8')) {
      said += text
      if (said.includes('deleted')) break
    }
    expect(said).toContain('hello from a job')

    const ended = once(runner, 'exit')
    runner.kill('SIGINT')
    expect(await ended).toEqual([0, null])
  })
})

const handler = `
  module.exports = () => ({
    type: 'say',
    work(payload, callback) {
      console.log(payload)
      callback('success')
      setTimeout(() => console.log('deleted'), 50)
    },
  })`

const settings = (port: number) => `
host: 127.0.0.1
port: ${port}
watch: [fb-runner]
ignoreDefault: true
timeout: 1
handlers: [handler.js]
logLevel: warning
`

async function stateIn(producer: Awaited<ReturnType<typeof converse>>, id: string): Promise<string | undefined> {
  const { body } = await producer.ask(`stats-job ${id}`)
  return /^state: (.*)$/m.exec(String(body))?.[1]
}
