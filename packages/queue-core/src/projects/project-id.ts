import { randomBytes } from 'node:crypto'

/** 24 lower-case hex characters: the only form that every published client accepts (contract v3, section 1.1). */
export const projectIdRule = 'must be 24 lower-case hex characters'

export const isProjectId = (id: string): boolean => /^[0-9a-f]{24}$/.test(id)

/** Also for tokens: 96 bits from the system's random source, so that ids tell nothing and do not collide. */
export const newId = (): string => randomBytes(12).toString('hex')
