// Prints "passed failed skipped" of one vitest run, from its JSON report and its exit status.
import { readFileSync } from 'node:fs'

const [path, status] = process.argv.slice(2)
const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0, testResults = [] } = report()

// A file that does not load has no test to blame, and a run of nothing proves nothing.
const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
const failed = numFailedTests + broken
const bad = status !== '0' || numPassedTests === 0
console.log(numPassedTests, failed === 0 && bad ? 1 : failed, numPendingTests + numTodoTests)

/** A run that died early has left none, or a part of one. */
function report() {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}
