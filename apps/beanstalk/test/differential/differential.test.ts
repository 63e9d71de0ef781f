import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beanstalkdMissing, startBeanstalkd } from '../beanstalkd.ts'
import { type Conversation, converse } from '../conversation.ts'
import { type Place, startOurs } from '../servers.ts'
import { runOnBoth, type Side } from './run.ts'
import { steps } from './steps.ts'

// Random commands over several connections, to the reference and to us: the same replies. By hand for longer, or once
// more for a seed that a failure has named:
//   DIFFERENTIAL_SECONDS=600 vitest run apps/beanstalk/test/differential
//   DIFFERENTIAL_SEED=1234567 vitest run apps/beanstalk/test/differential

const seconds = Number(process.env['DIFFERENTIAL_SECONDS'] ?? 25)
const seed = process.env['DIFFERENTIAL_SEED']

const ours = await startOurs()

/** Each run has a server of the reference, and a project of ours, to itself. */
async function reference(): Promise<Side> {
  const { stop, ...place } = await startBeanstalkd()
  return { connect: () => converse(place), stop }
}
async function project(place: Place): Promise<Side> {
  const id = await ours.newProject()
  const token = await ours.core.createToken({ projects: [id] })
  if (!token.ok) throw new Error(JSON.stringify(token))
  const login = `oauth ${token.value.secret} ${id}`
  return { connect: () => logIn(place, login), stop: async () => {} }
}

async function logIn(place: Place, login: string): Promise<Conversation> {
  const conversation = await converse(place)
  const { line } = await conversation.ask(`put 65536 0 120 ${login.length}\r\n${login}`)
  if (line !== 'INSERTED 0') throw new Error(`the login was answered ${line}`)
  return conversation
}

test.skipIf(beanstalkdMissing)(
  'pipelining.1 any sequence of commands on several connections is answered as beanstalkd does',
  { timeout: (seconds + 120) * 1000 },
  async () => {
    const { place } = await ours.open({ listeners: [{ mode: 'optional' }] })
    const property = fc.asyncProperty(steps, async (all) => {
      const [theirs, our] = await Promise.all([reference(), project(place)])
      try {
        await runOnBoth(all, theirs, our)
      } finally {
        await Promise.all([theirs.stop(), our.stop()])
      }
    })
    const details = await fc.check(property, {
      numRuns: 1_000_000,
      plugins: [fc.interruptAfterTimeLimit(seconds * 1000)],
      ...(seed && { seed: Number(seed) }),
    })
    const { failed, errorInstance, numRuns } = details
    if (failed) throw new Error(`seed ${details.seed}, path ${details.counterexamplePath}`, { cause: errorInstance })
    expect(numRuns).toBeGreaterThan(0)
  },
)
