export type { Outcome, QueueClient, QueueDriver, QueueTraits, TakenMessage } from './behaves-like-a-queue.ts'
export type { TestDatabase, TestDatabaseOptions } from './test-database.ts'
export { behavesLikeAQueue } from './behaves-like-a-queue.ts'
export { testDatabase } from './test-database.ts'
