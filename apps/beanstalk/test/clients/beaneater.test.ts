import { expect, test } from 'vitest'
import { ruby, runScript, scriptMissing } from './script.ts'
import { onEachServer } from './servers.ts'

const beaneater = ruby('beaneater', 'ruby-beaneater')
const missing = scriptMissing(beaneater, '')

// Ruby's published client, unchanged: every call it has is in the script.
onEachServer((server) => {
  test.skipIf(missing)('beaneater works in full', async () => {
    expect(await runScript(beaneater, 'beaneater.rb', server.port())).toEqual({
      put: 'INSERTED',
      'put with everything': 'INSERTED',
      'peek ready': 'urgent',
      reserve: 'urgent',
      'reserve of a tube': 'work',
      'reserved?': true,
      'exists?': true,
      'tube of a job': 'beaneater',
      'pri, delay, ttr': [65_536, 0, 120],
      touch: 'TOUCHED',
      release: 'RELEASED',
      'touch of what is released': 'Beaneater::JobNotReserved',
      'release with a delay': 'RELEASED',
      'peek delayed': true,
      'kick of a job': 'KICKED',
      'no peek delayed': null,
      'release keeps priority and delay': 'RELEASED',
      'after release': { state: 'delayed', pri: 9, delay: 100, releases: 3, kicks: 1 },
      bury: 'BURIED',
      'peek buried': true,
      kick: { status: 'KICKED', id: '1' },
      'stats of a job': { state: 'ready', pri: 9, delay: 100, ttr: 120, reserves: 4, releases: 3, buries: 1, kicks: 3 },
      delete: 'DELETED',
      'delete again': 'Beaneater::NotFoundError',
      'exists? no more': false,
      find: null,
      'nothing to reserve': 'Beaneater::TimedOutError',
      pause: 'PAUSED',
      'stats of a tube': {
        name: 'beaneater',
        current_jobs_reserved: 1,
        cmd_delete: 1,
        cmd_pause_tube: 1,
        pause: 100,
        current_using: 1,
      },
      resume: 'PAUSED',
      tubes: true,
      watched: ['beaneater'],
      used: 'beaneater',
      'ignore the only one': 'Beaneater::NotIgnoredError',
      'use of an illegal name': 'Beaneater::InvalidTubeName',
      'watch of an illegal name': 'Beaneater::InvalidTubeName',
      'stats of no tube': 'Beaneater::NotFoundError',
      stats: [65_535, false, 'String'],
      'too big': 'Beaneater::JobTooBigError',
      bytes: 'DELETED',
      'after clear': { current_jobs_ready: 0, current_jobs_delayed: 0, current_jobs_buried: 0 },
      processed: ['good', 'retried', 'buried', 'stop'],
      'after processing': { current_jobs_ready: 0, current_jobs_delayed: 1, current_jobs_buried: 2, cmd_delete: 1 },
      'held by another': 'Beaneater::NotFoundError',
      'free after close': true,
    })
  })
})
