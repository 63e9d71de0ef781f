import { dictionary, textOf } from '../documents.ts'
import { counted } from '../counts.ts'
import { okDocument } from '../reply.ts'
import { isTubeName } from '../tube-name.ts'
import { command, nothing } from './command.ts'

/** What clients compare when they look for abilities; ours follows that version of beanstalkd (contract section 12). */
const VERSION = '1.13 (WeldMQ)'

/** `stats`: gauges of the whole project, counters of this process (contract 11.3). */
export const stats = command({
  word: 'stats',
  counts: 'stats',
  read: nothing,
  async run({ session, counts, facts }) {
    const [project, queues] = await Promise.all([session.describeProject(), session.queues()])
    const cpu = process.cpuUsage()
    return okDocument(
      dictionary([
        ['current-jobs-urgent', project.urgent],
        ['current-jobs-ready', project.ready],
        ['current-jobs-reserved', project.reserved],
        ['current-jobs-delayed', project.delayed],
        ['current-jobs-buried', project.buried],
        ...counted.map((name): [string, number] => [`cmd-${name}`, counts.commands[name]]),
        ['job-timeouts', project.timeouts],
        ['total-jobs', project.posted],
        ['max-job-size', facts.maxJobBytes],
        ['current-tubes', queues.filter(isTubeName).length],
        ['current-connections', counts.connections],
        ['current-producers', counts.producers],
        ['current-workers', counts.workers],
        ['current-waiting', counts.waiting],
        ['total-connections', counts.totalConnections],
        ['pid', process.pid],
        ['version', textOf(VERSION, true)],
        ['rusage-utime', (cpu.user / 1e6).toFixed(6)],
        ['rusage-stime', (cpu.system / 1e6).toFixed(6)],
        ['uptime', Math.floor((performance.now() - facts.startedAt) / 1000)],
        ['binlog-oldest-index', 0],
        ['binlog-current-index', 0],
        ['binlog-records-migrated', 0],
        ['binlog-records-written', 0],
        ['binlog-max-size', 0],
        ['draining', `${facts.draining}`],
        ['id', facts.id],
        ['hostname', textOf(facts.hostname, facts.quotes)],
        ['os', textOf(facts.os, facts.quotes)],
        ['platform', textOf(facts.platform, facts.quotes)],
      ]),
    )
  },
})
