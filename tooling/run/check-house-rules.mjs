// Rules no other tool knows. Each says what goes wrong without it.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ownFiles, root } from './workspace.mjs'

const lockfile = /(^|\/)(pnpm-lock\.yaml|package-lock\.json)$/
const machinePaths = [root, homedir()].filter((path) => path.split('/').length > 2 || path === '/root')

const rules = [
  {
    says: 'Work left for later belongs in an issue; here nobody finds it again.',
    where: (file) => !lockfile.test(file),
    finds: /\b(TO-?DO|FIX-?ME)\b/,
  },
  {
    says: 'The host of one registry in a file stops everybody who uses another one.',
    where: () => true,
    finds: /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|^\s*"resolved":|\btarball: /,
  },
  {
    says: 'A path of one machine does not exist on the next.',
    where: () => true,
    finds: new RegExp([...machinePaths.map((path) => `${path}/`), '/home/\\w', '/Users/\\w', 'file:///\\w'].join('|')),
  },
]

const problems = ownFiles()
  .filter((file) => file !== 'LICENSE' && file !== 'tooling/run/check-house-rules.mjs')
  .flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((text, at) =>
        rules
          .filter(({ where, finds }) => where(file) && finds.test(text))
          .map(({ says }) => `${file}:${at + 1} ${says}\n    ${text.trim().slice(0, 120)}`),
      ),
  )
for (const problem of problems) console.log(problem)
process.exitCode = problems.length > 0 ? 1 : 0
