/** The sentence for a person; a fault of the database has several causes, the first of which says most. */
export function reasonOf(fault: unknown): string {
  const { message, code, cause } = fault as { message?: string; code?: string; cause?: unknown }
  if (cause !== undefined && cause !== null) return `${message} (${reasonOf(cause)})`
  return message || code || String(fault)
}
