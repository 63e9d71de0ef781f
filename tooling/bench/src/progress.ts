import { log } from '@clack/prompts'

export type Progress = { say(text: string): void; done(): void; failed(text: string): void }

/**
 * A line for each thing said, on standard error; with marks and colours on a terminal. (Clack's moving ones are no
 * choice: the spinner takes Ctrl-C for itself and ends the process on the spot, the task log hangs where the terminal
 * does not say how wide it is.)
 */
export function startProgress(output: NodeJS.WriteStream = process.stderr): Progress {
  if (!output.isTTY) {
    const say = (text: string) => output.write(`${text}\n`)
    return { say, done: () => say('done'), failed: say }
  }
  const how = { output, spacing: 0 }
  return {
    say: (text) => log.step(text, how),
    done: () => log.success('done', how),
    failed: (text) => log.error(text, how),
  }
}
