import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { EmbeddedPostgresOptions } from '../src/index.ts'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
let compiled = ''

/** Registers, for the calling test file, the compiling of the package: Node 20 cannot run its sources as a process. */
export function compilesThePackage(): void {
  beforeAll(async () => {
    compiled = await mkdtemp(join(home, 'node_modules/.compiled-for-tests-')) // inside, to find the binary packages
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
    const output = ['--outDir', compiled, '--tsBuildInfoFile', join(compiled, '.tsbuildinfo')]
    await promisify(execFile)(process.execPath, [tsc, '-p', join(home, 'tsconfig.build.json'), ...output])
  })
  afterAll(() => rm(compiled, { recursive: true, force: true }))
}

type Said = { kind: string; pid: number }

/** Another process that starts a server: `says` waits for its next line of that kind, `kill` is kill -9. */
export function anOwner(options: Omit<EmbeddedPostgresOptions, 'onEvent'>) {
  const entry = pathToFileURL(join(compiled, 'index.js')).href
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('owner.mjs', import.meta.url)), entry, JSON.stringify(options)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const kill = () => {
    child.kill('SIGKILL')
    return gone
  }
  onTestFinished(kill)
  return {
    kill,
    async says(kind: string): Promise<Said> {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`the owner ended before it said "${kind}"`)
        const said = JSON.parse(value) as Said
        if (said.kind === kind) return said
      }
    },
  }
}
