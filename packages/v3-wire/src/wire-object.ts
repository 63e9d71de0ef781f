import { z } from 'zod'

/**
 * An object as v3 reads it: keys in any case (contract v3 H14), `null` like a key left out (H13a), unknown keys ignored
 * (H13). A key spelled exactly wins over another spelling of it.
 */
export function wireObject<S extends z.ZodRawShape>(shape: S) {
  const known = new Set(Object.keys(shape))
  return z.preprocess((value) => tidy(value, known), z.object(shape, wrong('must be an object')))
}

/** Says `is required` when there is nothing, else the rule. */
export const wrong = (rule: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'is required' : rule),
})

function tidy(value: unknown, known: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const given = value as Record<string, unknown>
  let isTidy = true
  for (const key in given) if (given[key] === null || !known.has(key)) isTidy = false
  if (isTidy) return value

  const tidied: Record<string, unknown> = {}
  for (const key in given) {
    const name = known.has(key) ? key : key.toLowerCase()
    if (!known.has(name) || given[key] === null) continue
    if (name === key || !Object.hasOwn(given, name)) tidied[name] = given[key]
  }
  return tidied
}
