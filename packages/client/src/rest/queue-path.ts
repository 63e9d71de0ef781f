import { WeldmqError } from '../weldmq-error.ts'

/** Below the project. `.` and `..` are names to the server, but every URL parser takes them out of a path. */
export function queuePathOf(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new WeldmqError(`A queue named ${JSON.stringify(name)} cannot be reached over HTTP`, {
      code: 'invalid',
      nothingDone: true,
    })
  }
  return `/queues/${encodeURIComponent(name)}`
}
