import { dictionary, textOf } from '../documents.ts'
import { okDocument } from '../reply.ts'
import { readTubeName } from '../tube-name.ts'
import { command, say } from './command.ts'

/** `stats-tube TUBE` (contract 11.2) */
export const statsTube = command({
  word: 'stats-tube ',
  counts: 'stats-tube',
  read: readTubeName,
  run: async ({ session, facts }, name) =>
    say(await session.describeQueue(name), (tube) =>
      okDocument(
        dictionary([
          ['name', textOf(tube.name, facts.quotes)],
          ['current-jobs-urgent', tube.urgent],
          ['current-jobs-ready', tube.ready],
          ['current-jobs-reserved', tube.reserved],
          ['current-jobs-delayed', tube.delayed],
          ['current-jobs-buried', tube.buried],
          ['total-jobs', tube.posted],
          ['current-using', tube.using],
          ['current-watching', tube.watching],
          ['current-waiting', tube.waiting],
          ['cmd-delete', tube.deleted],
          ['cmd-pause-tube', tube.pauses],
          ['pause', tube.pauseSeconds],
          ['pause-time-left', tube.pauseSecondsLeft],
        ]),
      ),
    ),
})
