import { expect, test } from 'vitest'
import { php, runScript, scriptMissing } from './script.ts'
import { onEachServer } from './servers.ts'

const pheanstalk = php('php-pda-pheanstalk')
const missing = scriptMissing(pheanstalk, "require 'Pheanstalk/autoload.php';")

// It leaves the quotes of 1.13 in its values.
const name = expect.stringMatching(/^"?pheanstalk"?$/)
const noJob = (what: string) => expect.stringMatching(new RegExp(`^Pheanstalk.Exception.*: .*${what}`))

// PHP's published client, unchanged: every call it has is in the script.
onEachServer((server) => {
  test.skipIf(missing)('Pheanstalk works in full', async () => {
    expect(await runScript(pheanstalk, 'pheanstalk.php', server.port())).toEqual({
      'useTube and watchOnly': 'Pheanstalk\\Pheanstalk',
      listTubeUsed: ['pheanstalk', 'pheanstalk'],
      'watch, ignore': ['pheanstalk'],
      listTubesWatched: ['pheanstalk'],
      'ignore the only one': noJob('NOT_IGNORED'),
      listTubes: expect.arrayContaining(['default', 'pheanstalk']),
      id: true,
      peekReady: 'work',
      reserve: 'work',
      touch: 'done',
      release: 'done',
      'release again': noJob('NOT_FOUND'),
      'reserveWithTimeout, nothing there': null,
      peekDelayed: true,
      kickJob: 'done',
      'kickJob again': noJob('NOT_FOUND'),
      reserveWithTimeout: true,
      bury: 'done',
      peekBuried: true,
      kick: 1,
      'peekBuried, nothing there': null,
      statsJob: {
        tube: name,
        state: 'ready',
        pri: '1024',
        delay: '100',
        ttr: '77',
        reserves: '2',
        timeouts: '0',
        releases: '1',
        buries: '1',
        kicks: '2',
      },
      peek: 'work',
      delete: 'done',
      'delete again': noJob('Cannot delete job'),
      'peek, nothing there': noJob('NOT_FOUND'),
      'too big': noJob('JOB_TOO_BIG'),
      bytes: true,
      pauseTube: 'done',
      statsTube: {
        name,
        'current-jobs-ready': '0',
        'total-jobs': '2',
        'current-using': '1',
        'current-watching': '1',
        'cmd-delete': '2',
        'cmd-pause-tube': '1',
        pause: '100',
      },
      resumeTube: 'done',
      'pauseTube of none': noJob('NOT_FOUND'),
      'statsTube of none': noJob('NOT_FOUND'),
      stats: { 'max-job-size': '65535', draining: 'false', keys: 51 },
      'held by another': noJob('Cannot delete job'),
      'free after the end of a connection': true,
    })
  })
})
