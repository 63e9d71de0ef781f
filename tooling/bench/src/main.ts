import { Command } from 'commander'
import { beanstalkCommand } from './beanstalk/beanstalk-command.ts'
import { healthCommand } from './health/health-command.ts'
import { oursCommand } from './ours-command.ts'
import { peersCommand } from './peers/peers-command.ts'
import { pushCommand } from './push/push-command.ts'
import { streamCommand } from './stream/stream-command.ts'

await new Command('npm run bench --')
  .description('Measures WeldMQ on a throwaway Postgres of its own.')
  .addCommand(oursCommand, { isDefault: true })
  .addCommand(peersCommand)
  .addCommand(beanstalkCommand)
  .addCommand(streamCommand)
  .addCommand(healthCommand)
  .addCommand(pushCommand)
  .parseAsync()
