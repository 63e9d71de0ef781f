/** The lines of a dictionary of contract section 11, in their order; values without the quotes of 1.13. */
export function dictionary(body: Buffer): [key: string, value: string][] {
  const text = body.toString('latin1')
  if (!text.startsWith('---\n') || !text.endsWith('\n')) throw new Error(`not a document: ${JSON.stringify(text)}`)
  return text
    .slice('---\n'.length, -1)
    .split('\n')
    .map((line) => {
      const [key, value] = /^([^:]*): (.*)$/.exec(line)?.slice(1) ?? []
      if (key === undefined || value === undefined) throw new Error(`not a line of a dictionary: ${line}`)
      return [key, value.replace(/^"(.*)"$/, '$1')]
    })
}

/** The names of a list, sorted: the order is not part of the contract (A10). */
export function list(body: Buffer): string[] {
  const text = body.toString('latin1')
  if (!/^---\n(?:- [^\n]+\n)*$/.test(text)) throw new Error(`not a list: ${JSON.stringify(text)}`)
  return text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.slice(2))
    .sort()
}

export const isList = (body: Buffer): boolean => body.toString('latin1', 4, 6) === '- '
