import { afterAll, beforeAll, describe } from 'vitest'
import { type Beanstalkd, beanstalkdMissing, startBeanstalkd } from '../beanstalkd.ts'
import { startDoor } from '../door.ts'

const door = await startDoor({ mode: 'off' })

/**
 * Runs the same tests against our door and, where the machine has it, against the reference: what they expect is what
 * a client gets from the server it was written for. Tubes and ids are the tests' own; a server serves one file.
 */
export function onEachServer(tests: (server: { port(): number }) => void): void {
  describe('WeldMQ', () => tests({ port: () => door.port }))

  if (beanstalkdMissing) console.warn(beanstalkdMissing)
  describe.skipIf(beanstalkdMissing)('beanstalkd', () => {
    let server: Beanstalkd
    beforeAll(async () => {
      server = await startBeanstalkd()
    })
    afterAll(() => server.stop())
    tests({ port: () => server.port })
  })
}
