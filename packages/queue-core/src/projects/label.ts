/** What a name or another free text of projects and tokens must keep to; undefined when it does. */
export function brokenLabelRule(text: string): string | undefined {
  if (text.length > 255) return 'must be at most 255 characters long'
  // Postgres text cannot hold NUL, and control characters have no place on screens and in logs.
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) return 'must be valid text without control characters'
  return undefined
}
