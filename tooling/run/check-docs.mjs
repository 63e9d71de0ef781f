// What the documents say exists must exist: the paths they name, and a test for each promise of a PROTOCOL.md.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ownFiles, root } from './workspace.mjs'

const files = ownFiles()
const documents = files.filter((file) => file.endsWith('.md') && !isHistory(file))
const problems = [...documents.flatMap(missingPaths), ...missingTests()]
for (const problem of problems) console.log(problem)
process.exitCode = problems.length > 0 ? 1 : 0

/** What was true when it was written stays as it was written. */
function isHistory(file) {
  return file === 'CHANGELOG.md' || /^tooling\/decisions\/\d{4}-/.test(file)
}

/** Looks at links, at `paths` in backticks, and anywhere in the text at what starts with a folder of the workspace. */
function missingPaths(file) {
  const text = read(file)
  const withoutBlocks = text.replaceAll(/^```[\s\S]*?^```/gm, (block) => block.replaceAll(/[^\n]/g, ' '))
  const named = [
    ...find(withoutBlocks, /\]\((?!\w+:|[#/])([^)#\s]+)/g).filter(({ name }) => !isBeside(file, name)),
    ...find(withoutBlocks, /`([^`\s]+)`/g).filter(({ name }) => looksLikePath(name) && !isSomewhere(file, name)),
    ...find(text, /(?<![\w./-])((?:apps|packages|tooling|\.ci)\/[\w./*<>{}-]*\w)/g).filter(
      ({ name }) => !isPattern(name) && !isSomewhere(file, name),
    ),
  ]
  return [...new Set(named.map(({ name, line }) => `${file}:${line} names ${name}, which does not exist`))]
}

/** A name with a wildcard or a hole in it, or `x`, stands for many; what the build and pnpm make is not there yet. */
function isPattern(name) {
  return /[*<>{}$]|NNNN|(^|\/)x\.|(^|\/)(dist|node_modules)(\/|$)/.test(name)
}

/** `queues/create.ts`, `limits.ts`, `../README.md` and `queues/` do; `/healthz`, `@scope/name` and `text/plain` do not. */
function looksLikePath(name) {
  if (isPattern(name) || /^[/~@]|^\w+:/.test(name)) return false
  return /^\.{1,2}\/|^[\w./-]+\.(tsx?|m?js|md|sql|ya?ml)$|^([\w.-]+\/)+$/.test(name)
}

/** Beside the document, at the root, or (as in `src/main.ts`, which every app has) as the end of some file's path. */
function isSomewhere(file, name) {
  const end = `/${name}`
  return (
    isBeside(file, name) ||
    files.some((path) => `/${path}`.endsWith(end) || (name.endsWith('/') && `/${path}`.includes(end)))
  )
}

function isBeside(file, name) {
  return existsSync(join(root, dirname(file), name)) || (!/^\.{1,2}\//.test(name) && existsSync(join(root, name)))
}

/** A promise is a table row whose first cell is its id, such as `release.2`; a test carries the id in its title. */
function missingTests() {
  const mentioned = new Map(
    files.filter((file) => file.endsWith('.test.ts')).map((file) => [file, idsInStrings(read(file))]),
  )
  return files
    .filter((file) => /^apps\/[^/]+\/PROTOCOL\.md$/.test(file))
    .flatMap((file) => {
      const promised = find(read(file), /^\|\s*`?([a-z-]+\.\d+)`?\s*\|/gm)
      const mayTest = (path) => path.startsWith(`${dirname(file)}/`) || path.startsWith('apps/gateway/')
      const tested = new Set([...mentioned].filter(([path]) => mayTest(path)).flatMap(([, ids]) => ids))
      return [
        ...promised
          .filter(({ name }) => !tested.has(name))
          .map(({ name, line }) => `${file}:${line} promises ${name}, which no test title mentions`),
        ...promised
          .filter(({ name }, at) => promised.findIndex((other) => other.name === name) !== at)
          .map(({ name, line }) => `${file}:${line} promises ${name} a second time`),
      ]
    })
}

function idsInStrings(source) {
  const strings = source.match(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g) ?? []
  return strings.flatMap((text) => text.match(/(?<![\w.-])[a-z-]+\.\d+(?![\w.])/g) ?? [])
}

function find(text, pattern) {
  return [...text.matchAll(pattern)].map((match) => ({
    name: match[1],
    line: text.slice(0, match.index).split('\n').length,
  }))
}

function read(file) {
  return readFileSync(join(root, file), 'utf8')
}
