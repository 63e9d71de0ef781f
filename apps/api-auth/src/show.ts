import type { Project, Token } from '@weldmq/queue-core'

/**
 * A project as the wire has it (auth-and-projects, section 2.2). There are no users yet, so nobody owns it; the fields
 * are there because typed clients read them.
 */
export const showProject = ({ id, name, createdAt }: Project) => ({
  id,
  user_id: '',
  name,
  type: '',
  partner: '',
  status: '',
  flags: {},
  shared_with: [],
  created_at: time(createdAt),
})

/** A token as the wire has it (auth-and-projects, section 2.1), without its secret; what follows `admin` is ours. */
export const showToken = (token: Token) => ({
  _id: token.id,
  user_id: '',
  type: token.type,
  name: token.name,
  admin: token.admin,
  projects: token.projects,
  scopes: token.scopes,
  created_at: time(token.createdAt),
  expires_at: token.expiresAt ? time(token.expiresAt) : null,
  last_used_at: token.lastUsedAt ? time(token.lastUsedAt) : null,
})

/** RFC 3339, UTC, whole seconds (contract v3, section 1.1). */
const time = (moment: Date): string => moment.toISOString().replace(/\.\d+Z$/, 'Z')
