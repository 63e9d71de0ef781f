import { spinner } from '@clack/prompts'

export type Progress = { say(text: string): void; end(text: string): void }

/** On a terminal one line that moves, else a plain line for each thing said; always on standard error. */
export function startProgress(output: NodeJS.WriteStream = process.stderr): Progress {
  if (!output.isTTY) {
    const say = (text: string) => output.write(`${text}\n`)
    return { say, end: say }
  }
  const line = spinner({ output, indicator: 'timer' })
  line.start('starting')
  return { say: (text) => line.message(text), end: (text) => line.stop(text) }
}
