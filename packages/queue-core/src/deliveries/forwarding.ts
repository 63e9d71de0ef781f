import { plainRow } from '../line/rows.ts'
import { isProjectId } from '../projects/project-id.ts'
import { checkQueueName } from '../queues/check.ts'
import type { Access } from '../tokens/token.ts'
import type { Claim } from './claiming.ts'
import type { Attempt } from './delivery.ts'
import { handedOn } from './hops.ts'
import { outcomeOf } from './outcome.ts'
import type { Outcome } from './recording.ts'

/**
 * A delivery into another queue of this installation: done with the message it posts there, in one transaction
 * (push.md section 8). A token that does not open that project is an attempt that was answered 401.
 */
export async function forwarded(
  { authorize }: { authorize(token: string, project: string): Promise<Access | undefined> },
  claim: Claim,
): Promise<Outcome> {
  const target = targetOf(claim)
  const failed = (attempt: Attempt) => outcomeOf(claim, attempt, new Date())
  if (!target || checkQueueName(target.queue)) return failed({ statusCode: 400, failure: 'no such queue can be' })
  const handed = handedOn(claim.pushHeaders, claim.amongQueues)
  if ('failure' in handed) return failed({ statusCode: 0, failure: handed.failure })
  if (target.project !== claim.project || target.token !== '') {
    const access = isProjectId(target.project) ? await authorize(target.token, target.project) : undefined
    if (!access?.scopes.has('produce')) {
      return failed({ statusCode: 401, failure: 'the token does not open that project' })
    }
  }
  const row = plainRow(claim.body, JSON.stringify(handed.headers))
  const { project, queue } = target
  return { ...outcomeOf(claim, { statusCode: 200 }, new Date()), posts: { project, queue, row } }
}

function targetOf({ subscriber, project }: Claim) {
  const match = /^ironmq:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?\/([^/?#]+)$/i.exec(subscriber.url)
  if (!match) return undefined
  const [, other = '', token = '', name = ''] = match
  try {
    return { project: other || project, token, queue: decodeURIComponent(name) }
  } catch {
    return undefined
  }
}
