// Runs what the README tells a newcomer to type: starts `npm start` with an empty data folder on a free port, then
// executes, as printed, the lines its banner ends with and every block of the README fenced as ```sh run. The blocks
// find WELDMQ_URL, WELDMQ_PROJECT_ID and WELDMQ_TOKEN in their environment, as the README asks the reader to set them.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './workspace.mjs'

const startMilliseconds = 180_000 // the first start may install and build
const stopMilliseconds = 15_000 // the gateway allows itself 10 s

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/^```sh run\n([\s\S]*?)^```$/gm)].map(([, commands]) => commands)

const folder = mkdtempSync(join(tmpdir(), 'weldmq-readme-'))
chmodSync(folder, 0o755) // as root, the database server is another user and has to pass through
const dataDir = join(folder, 'data')
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^DATABASE_URL$|^WELDMQ_/.test(name)))
const settings = {
  WELDMQ_DATA_DIR: dataDir,
  WELDMQ_LISTEN: '127.0.0.1:0',
  WELDMQ_BEANSTALK_LISTEN: 'off',
  WELDMQ_PUSH_ALLOW: '127.0.0.1', // as the README says for its receiver
}

let server
let said = ''
try {
  if (blocks.length === 0) throw new Error('README.md has no block fenced as ```sh run')
  const { url, tryIt } = await start()
  // Written on the very first start, in the shape that published clients read.
  const iron = JSON.parse(readFileSync(join(dataDir, 'iron.json'), 'utf8'))
  run('the banner', tryIt, {})
  run('the README', blocks, { WELDMQ_URL: url, WELDMQ_PROJECT_ID: iron.project_id, WELDMQ_TOKEN: iron.token })
} catch (error) {
  console.error(said ? `${error.message}\n\nnpm start said:\n${said}` : error.message)
  process.exitCode = 1
} finally {
  await stop()
  rmSync(folder, { recursive: true, force: true })
}

/** Resolves with the address, and with the indented lines after "Try it" that the banner ends with. */
function start() {
  server = spawn('npm', ['start'], {
    cwd: root,
    env: { ...env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, of which nothing can stay behind
  })
  return new Promise((resolve, reject) => {
    const hear = (text) => {
      said += text
      const [, banner, ready] = /^Try it.*\n([^]*)^WELDMQ_READY (\{.*\})\n/m.exec(said) ?? []
      if (ready) resolve({ url: JSON.parse(ready).url, tryIt: banner.match(/^ +.*\n/gm) ?? [] })
    }
    server.stdout.setEncoding('utf8').on('data', hear)
    server.stderr.setEncoding('utf8').on('data', (text) => (said += text))
    server.on('exit', (code) => reject(new Error(`npm start ended with ${code}`)))
    setTimeout(() => reject(new Error('npm start was not ready in time')), startMilliseconds).unref()
  })
}

/** One shell for all commands, as in a reader's terminal: what one line sets the next one finds. */
function run(name, commands, variables) {
  // A 4xx or 5xx has to end the shell, and no line may hang; the lines themselves stay as printed.
  writeFileSync(join(folder, '.curlrc'), 'fail-with-body\nsilent\nshow-error\nmax-time = 30\n')
  const lines = commands.join('')
  if (!lines.includes('curl ')) throw new Error(`${name} shows no curl line`)
  const shell = spawnSync('sh', ['-euxc', lines], {
    cwd: root,
    env: { ...env, ...variables, CURL_HOME: folder },
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (shell.status !== 0) throw new Error(`${name} does not run as printed:\n${shell.stderr}${shell.stdout}`)
  console.log(`${name} runs as printed`)
}

async function stop() {
  if (!server || server.exitCode !== null || server.signalCode !== null) return
  const stopped = once(server, 'exit')
  server.kill('SIGTERM')
  const late = setTimeout(() => {
    console.error('npm start did not stop in time after SIGTERM')
    process.exitCode = 1
    process.kill(-server.pid, 'SIGKILL')
  }, stopMilliseconds)
  await stopped
  clearTimeout(late)
}
