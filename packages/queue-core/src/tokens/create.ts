import type { AnySql } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { selectExisting } from '../projects/exist.sql.ts'
import { brokenLabelRule } from '../projects/label.ts'
import { isProjectId, newId } from '../projects/project-id.ts'
import { ok, refuse, type Result } from '../refusal.ts'
import { insertToken } from './create.sql.ts'
import { hashOf, newSecret } from './secret.ts'
import { scopes, type CreateToken, type Token } from './token.ts'

/**
 * Adds a token. A secret is drawn unless one is given (only the first start does that), is part of this answer, and is
 * stored as a hash. Without `scopes` the token has all of them; without `expiresInSeconds` it has no end.
 */
export async function createToken(
  sql: AnySql,
  command: CreateToken & { secret?: string },
): Promise<Result<Token & { secret: string }>> {
  const broken = brokenRule(command)
  if (broken) return refuse({ kind: 'invalid', ...broken })

  const projects = [...new Set(command.projects)]
  const existing = projects.length > 0 ? await selectExisting(sql, projects) : []
  if (existing.length < projects.length) {
    return refuse({ kind: 'invalid', field: 'projects', rule: 'must be ids of existing projects' })
  }

  const { secret = newSecret(), expiresInSeconds = null } = command
  const [stored] = await insertToken(sql, {
    id: newId(),
    hash: hashOf(secret),
    name: command.name ?? '',
    type: command.type ?? 'api',
    admin: command.admin ?? false,
    projects,
    scopes: [...new Set(command.scopes ?? scopes)],
    expiresInSeconds,
  })
  if (!stored) return refuse({ kind: 'invalid', field: 'secret', rule: 'is the secret of another token' })
  return ok({ ...stored, expiresAt: stored.expiresAt ?? undefined, lastUsedAt: undefined, secret })
}

function brokenRule(command: CreateToken & { secret?: string }): { field: string; rule: string } | undefined {
  for (const field of ['name', 'type'] as const) {
    const rule = brokenLabelRule(command[field] ?? '')
    if (rule) return { field, rule }
  }
  if (command.projects) {
    const { max } = limits.tokenProjects
    if (command.projects.length > max) return { field: 'projects', rule: `must be at most ${max}` }
    if (!command.projects.every(isProjectId)) return { field: 'projects', rule: 'must be ids of existing projects' }
  }
  if (command.scopes) {
    const known = command.scopes.every((scope) => scopes.includes(scope))
    if (!known || command.scopes.length === 0) return { field: 'scopes', rule: `must be some of ${scopes.join(', ')}` }
  }
  if (command.expiresInSeconds !== undefined) {
    const { min, max } = limits.tokenExpiresInSeconds
    const seconds = command.expiresInSeconds
    if (!Number.isInteger(seconds) || seconds < min || seconds > max) {
      return { field: 'expiresInSeconds', rule: `must be a whole number of seconds from ${min} to ${max}` }
    }
  }
  // It travels in a header, and a shorter one could be guessed.
  if (command.secret !== undefined && !/^[\x21-\x7e]{20,255}$/.test(command.secret)) {
    return { field: 'secret', rule: 'must be 20 to 255 visible ASCII characters without spaces' }
  }
  return undefined
}
