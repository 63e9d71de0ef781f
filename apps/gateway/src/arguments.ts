import { Command, InvalidArgumentError } from 'commander'

const MOST_WORKERS = 64

export type Arguments = {
  /** Processes that serve, 1 to 64. With 1 it is this very process, and no other is started. */
  workers: number
}

/** What was asked for on the command line; throws commander's `CommanderError` once the help or a mistake is shown. */
export function readArguments(argv: string[] = process.argv.slice(2)): Arguments {
  return new Command('npm start --')
    .description('Starts WeldMQ, with a Postgres of its own unless DATABASE_URL names one.')
    .option('--workers <count>', `processes that share the address, 1 to ${MOST_WORKERS}; one per core`, toWorkers, 1)
    .helpOption('-h, --help', 'show this and end')
    .addHelpText('after', '\nEverything else is set in the environment; apps/gateway/README.md lists it.')
    .exitOverride()
    .parse(argv, { from: 'user' })
    .opts<Arguments>()
}

function toWorkers(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST_WORKERS) return count
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_WORKERS}.`)
}
