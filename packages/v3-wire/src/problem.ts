import type { z } from 'zod'

/** What is wrong with a body, in one sentence that names the field as the client wrote it: `messages[0].delay must be …`. */
export function problemOf(error: z.ZodError): string {
  const issue = error.issues[0]!
  const field = issue.path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`))
    .join('')
  return `${field || 'Request body'} ${issue.message}`
}
