// What stands behind `npm start`, `npm test` and `npm run bench`: brings the workspace to the state of its
// lockfile (no network when nothing changed), builds, and runs the asked thing as its own child.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { env, pnpmHome, root } from './workspace.mjs'

const [command = 'start', ...args] = process.argv.slice(2)

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`WeldMQ needs Node 20.19 or newer; this is Node ${process.versions.node}.`)
  process.exit(1)
}

const commands = {
  /** Only installs and builds: what the other scripts of tooling/run start from. */
  prepare: () => build(),
  start: () => {
    build('--filter=@weldmq/gateway...')
    runAsChild(process.execPath, [join(root, 'apps/gateway/dist/main.js'), ...args])
  },
  test: () => {
    build()
    runAsChild('vitest', ['run', ...args])
  },
  bench: () => {
    build()
    runAsChild(process.execPath, [join(root, 'tooling/bench/dist/main.js'), ...args])
  },
  /** `pnpm check` for whoever has no pnpm on the PATH. */
  check: () => runAsChild(process.execPath, [join(root, 'tooling/run/check.mjs'), ...args]),
}
if (!Object.hasOwn(commands, command)) {
  console.error(`Unknown command "${command}"; there are: ${Object.keys(commands).join(', ')}.`)
  process.exit(1)
}
bringUpToDate()
commands[command]()

/** Installs pnpm by its integrity hash, then the workspace, each only when what pins it has changed. */
function bringUpToDate() {
  const lock = join(pnpmHome, 'package-lock.json')
  once(join(pnpmHome, 'node_modules/.weldmq-stamp'), [lock], () =>
    must('npm', ['ci', '--prefix', pnpmHome, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']),
  )
  const manifests = ['packages', 'apps', 'tooling'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name, 'package.json')),
  )
  const pins = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((name) => join(root, name))
  const files = [...pins, ...manifests.filter(existsSync)]
  const all = join(root, 'node_modules/.weldmq-stamp')
  if (command === 'start' && isDone(all, files)) return
  // Whoever only starts the gateway does not download what the benchmark compares it with.
  const [stamp, ...filter] = command === 'start' ? [`${all}-start`, '--filter=!@weldmq/bench'] : [all]
  once(stamp, files, () => {
    console.error('Installing the dependencies of the lockfile ...')
    // --prod=false: where a user's npm settings say `production=true`, the compiler would be left out.
    const how = ['--frozen-lockfile', '--prefer-offline', '--prod=false', '--reporter=append-only', '--loglevel=warn']
    must('pnpm', ['install', ...how, ...filter])
  })
}

/** Does the work unless the files are what they were after it was last done, on this kind of machine. */
function once(stamp, files, work) {
  if (isDone(stamp, files)) return
  rmSync(stamp, { force: true })
  work()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, hashOf(files))
}

function isDone(stamp, files) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(files)
}

function hashOf(files) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\0`)
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

function build(...filter) {
  must('turbo', ['run', 'build', '--output-logs=errors-only', '--log-prefix=none', ...filter], true)
}

/** Runs a step to its end; a step that is only a means says nothing unless it fails. */
function must(program, argv, quiet = false) {
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: quiet ? 'pipe' : ['ignore', 'inherit', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status === 0) return
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error ? `${program}: ${error.message}\n` : ''}`)
  process.exit(status ?? 1)
}

/** The child has our terminal and gets our signals; if npm above us is killed, the child is stopped too. */
function runAsChild(program, argv) {
  const child = spawn(program, argv, { cwd: root, env, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 1000).unref()
  child.on('error', (error) => {
    console.error(`${program}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}
