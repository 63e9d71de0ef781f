import { dictionary, textOf } from '../documents.ts'
import { readId } from '../numbers.ts'
import { okDocument } from '../reply.ts'
import { command, sayOf } from './command.ts'

/** `stats-job ID` (contract 11.1) */
export const statsJob = command({
  word: 'stats-job ',
  counts: 'stats-job',
  scope: 'consume',
  read: readId,
  run: ({ session, facts }, given) =>
    sayOf(
      given,
      (id) => session.describeMessage(id),
      (job) =>
        okDocument(
          dictionary([
            ['id', job.id],
            ['tube', textOf(job.queue, facts.quotes)],
            ['state', job.state],
            ['pri', job.priority],
            ['age', job.ageSeconds],
            ['delay', job.delaySeconds],
            ['ttr', job.timeoutSeconds],
            ['time-left', job.secondsLeft],
            ['file', 0], // of a log; there is none
            ['reserves', job.reserves],
            ['timeouts', job.timeouts],
            ['releases', job.releases],
            ['buries', job.buries],
            ['kicks', job.kicks],
          ]),
        ),
    ),
})
