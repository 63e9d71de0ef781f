import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beanstalkdMissing, startBeanstalkd } from '../beanstalkd.ts'
import { type Conversation, converse } from '../conversation.ts'
import { runOnBoth, type Side } from './run.ts'
import { steps } from './steps.ts'

// Whether the differential test can be believed: the reference equals itself, and a reference that is tampered with
// does not.

async function reference(tamper: (conversation: Conversation) => Conversation = (same) => same): Promise<Side> {
  const { stop, ...place } = await startBeanstalkd()
  return { connect: async () => tamper(await converse(place)), stop }
}

async function compareRuns(runs: number, tamper?: (conversation: Conversation) => Conversation) {
  const property = fc.asyncProperty(steps, async (all) => {
    const [one, other] = await Promise.all([reference(), reference(tamper)])
    try {
      await runOnBoth(all, one, other)
    } finally {
      await Promise.all([one.stop(), other.stop()])
    }
  })
  return fc.check(property, { numRuns: runs, endOnFailure: true, seed: 1 })
}

test.skipIf(beanstalkdMissing)('the reference answers as it does itself', { timeout: 180_000 }, async () => {
  const { failed, errorInstance } = await compareRuns(100)
  expect(failed ? errorInstance : undefined).toBeUndefined()
})

test.skipIf(beanstalkdMissing).each([
  ['deletes another job', /^delete +\d+/, 'delete 1'],
  ['forgets priorities', /^put \d+/, 'put 0'],
  ['forgets delays', /^(put \S+) \S+/, '$1 0'],
  ['releases with another priority', /^(release\s+\d+) \d+/, '$1 7'],
  ['buries instead of touching', /^touch(\s+\d+)/, 'bury$1 0'],
  ['ignores nothing', /^ignore .*/, 'list-tubes'],
])('a server that %s is found out', { timeout: 180_000 }, async (_, pattern, replacement) => {
  const tampered = (conversation: Conversation): Conversation => ({
    ...conversation,
    send: (bytes) => conversation.send(Buffer.from(bytes.toString('latin1').replace(pattern, replacement), 'latin1')),
  })
  const { failed, errorInstance } = await compareRuns(40, tampered)
  expect(failed).toBe(true)
  expect(String(errorInstance)).toMatch(/differ|stay/)
})
