// `pnpm check`: what must be green before a change is done, tests aside. One line per step; a failed one shows
// what it said. Every step runs, whatever the others answered.
import { spawnSync } from 'node:child_process'
import { env, root } from './workspace.mjs'

const steps = {
  format: ['oxfmt', '--check'],
  lint: ['oxlint'],
  types: ['turbo', 'run', 'types', '--continue', '--output-logs=errors-only', '--log-prefix=none'],
  'import rules': ['turbo', 'boundaries'],
  'dead code': ['knip', '--no-progress', '--no-config-hints'],
  docs: [process.execPath, 'tooling/run/check-docs.mjs'],
  'house rules': [process.execPath, 'tooling/run/check-house-rules.mjs'],
}

const unknown = process.argv.slice(2).filter((name) => !Object.hasOwn(steps, name))
if (unknown.length > 0) {
  console.error(`Unknown step "${unknown[0]}"; there are: ${Object.keys(steps).join(', ')}.`)
  process.exit(1)
}
const asked = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(steps)

let failed = 0
for (const name of asked) {
  const [program, ...argv] = steps[name]
  const started = performance.now()
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${name.padEnd(14)}${status === 0 ? 'ok    ' : 'failed'}  ${seconds} s`)
  if (status === 0) continue
  failed++
  console.log(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trimEnd().replaceAll(/^/gm, '    '))
}
process.exitCode = failed > 0 ? 1 : 0
