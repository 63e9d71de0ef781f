import { beforeEach, describe } from 'vitest'
import { type Place, findReference, startOurs } from '../servers.ts'

const ours = await startOurs()

/**
 * Runs the same tests against our door and, where the machine has it, against the reference: what they expect is what
 * a client gets from the server it was written for. Each test has a server to itself.
 */
export function onEachServer(tests: (server: { port(): number; place(): Place }) => void): void {
  describe.each([ours.kind, ...findReference()])('$name', (kind) => {
    let place: Place
    beforeEach(async () => {
      place = await kind.open()
    })
    tests({ port: () => place.port, place: () => place })
  })
}
