import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beanstalkdMissing, startBeanstalkd } from '../beanstalkd.ts'
import { loggedIn, startDoor } from '../door.ts'
import { converse } from '../conversation.ts'
import { runOnBoth, type Side } from './run.ts'
import { steps } from './steps.ts'

// Random commands over several connections, to the reference and to us: the same replies. By hand for longer, or once
// more for a seed that a failure has named:
//   DIFFERENTIAL_SECONDS=600 vitest run apps/beanstalk/test/differential
//   DIFFERENTIAL_SEED=1234567 vitest run apps/beanstalk/test/differential
if (beanstalkdMissing) console.warn(beanstalkdMissing)

const seconds = Number(process.env['DIFFERENTIAL_SECONDS'] ?? 25)
const seed = process.env['DIFFERENTIAL_SEED'] || undefined

const door = await startDoor()

/** Each run has a server of the reference, and a project of ours, to itself. */
async function reference(): Promise<Side> {
  const { port, stop } = await startBeanstalkd()
  return { connect: () => converse(port), stop }
}
async function ours(): Promise<Side> {
  const { login } = await door.aProject()
  return { connect: () => loggedIn(door.port, login), stop: async () => {} }
}

test.skipIf(beanstalkdMissing)(
  'the reference and we answer the same',
  { timeout: (seconds + 120) * 1000 },
  async () => {
    const property = fc.asyncProperty(steps, async (all) => {
      const [theirs, our] = await Promise.all([reference(), ours()])
      try {
        await runOnBoth(all, theirs, our)
      } finally {
        await Promise.all([theirs.stop(), our.stop()])
      }
    })
    const details = await fc.check(property, {
      numRuns: 1_000_000,
      interruptAfterTimeLimit: seconds * 1000,
      ...(seed !== undefined && { seed: Number(seed) }),
    })
    const { failed, errorInstance, numRuns } = details
    if (failed) throw new Error(`seed ${details.seed}, path ${details.counterexamplePath}`, { cause: errorInstance })
    expect(numRuns).toBeGreaterThan(0)
  },
)
