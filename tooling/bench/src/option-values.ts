import { InvalidArgumentError } from 'commander'

/** A number of at least so much, as commander's options take it; anything else is refused in a sentence. */
export function atLeast(least: number, isWhole = false): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (value >= least && (!isWhole || Number.isSafeInteger(value))) return value
    throw new InvalidArgumentError(`Must be ${isWhole ? 'a whole number' : 'a number'}, at least ${least}.`)
  }
}
