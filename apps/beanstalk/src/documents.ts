import { asciiOf } from './facts.ts'

type Value = number | string

/** `key: value` lines in the order given (contract section 11). Values are written as they are; see `textOf`. */
export const dictionary = (entries: [key: string, value: Value][]): string =>
  `---\n${entries.map(([key, value]) => `${key}: ${value}\n`).join('')}`

/** One line for each name, never quoted (contract 11.4). */
export const list = (names: readonly string[]): string => `---\n${names.map((name) => `- ${name}\n`).join('')}`

/** Text in a document: between double quotes as 1.13 has it, or bare as before. */
export const textOf = (text: string, quotes: boolean): string => (quotes ? `"${asciiOf(text)}"` : asciiOf(text))
