type OnQueue = { project: string; queue: string }
type Due = OnQueue & { receivers: { id: number }[] }
type Answered = { statusCode: number; failure?: string }

/** The part of the core that a process which delivers works with. */
type Pushing<Q extends Due, D> = {
  due(): Promise<Q[]>
  claim(queue: Q, room: ReadonlyMap<number, number>): Promise<D[]>
  record(attempts: { delivery: D; attempt: Answered }[]): Promise<void>
}

/** Claims whatever is due in the queue, as a process that delivers would, and tries nothing. */
export async function claimDue<Q extends Due, D>(pushing: Pushing<Q, D>, on: OnQueue): Promise<D[]> {
  const due = (await pushing.due()).filter(({ project, queue }) => project === on.project && queue === on.queue)
  const claims = due.map((queue) => pushing.claim(queue, new Map(queue.receivers.map(({ id }) => [id, 100]))))
  return (await Promise.all(claims)).flat()
}

/**
 * Delivers whatever is due in the queue, and what becomes due by it, to receivers that answer like this, without a
 * request. All deliveries in turn.
 */
export async function deliver<Q extends Due, D>(
  pushing: Pushing<Q, D>,
  on: OnQueue,
  answer: (delivery: D) => number | Answered = () => 200,
): Promise<D[]> {
  const all: D[] = []
  for (;;) {
    const claims = await claimDue(pushing, on)
    if (claims.length === 0) return all
    all.push(...claims)
    await pushing.record(
      claims.map((delivery) => {
        const answered = answer(delivery)
        return { delivery, attempt: typeof answered === 'number' ? { statusCode: answered } : answered }
      }),
    )
  }
}
