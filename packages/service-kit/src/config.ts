import type { z } from 'zod'

/** Thrown with one readable text that lists every setting that is wrong. */
export class BadSettings extends Error {
  override name = 'BadSettings'
}

/**
 * The settings of one program, read once from its environment; an empty value counts as not set. Throws `BadSettings`
 * naming each bad setting and its rule, never its value: it may be a secret.
 */
export function parseSettings<S extends z.ZodType>(
  program: string,
  schema: S,
  env: Record<string, string | undefined>,
): z.infer<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.') || 'settings'}: ${issue.message}`)
  throw new BadSettings(`${program} cannot start, these settings are wrong:\n${lines.join('\n')}`)
}
