/**
 * What clients that want to see an id of a queue are shown: 24 hex characters, another one after the queue was deleted
 * and made again (contract v2 M24). The second of its creation and its number, so it needs no place of its own.
 */
export const publicId = ({ id, created_at }: { id: number; created_at: Date }): string =>
  Math.floor(created_at.getTime() / 1000)
    .toString(16)
    .padStart(8, '0') + id.toString(16).padStart(16, '0')
