/** One statement carries at most this much; a single caller's batch may be larger. */
export const MAX_ROWS = 500
export const MAX_BYTES = 4 * 1024 * 1024

/** How much an item weighs that is about one row and carries no body. */
export const oneRow = () => ({ rows: 1, bytes: 0 })
