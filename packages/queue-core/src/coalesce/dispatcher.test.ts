import { describe, expect, test } from 'vitest'
import { type Kind, createDispatcher } from './dispatcher.ts'

/** A kind of statement that ends when the test says so, and remembers what each of its statements carried. */
function aKind(more: Partial<Kind<string, string>> = {}) {
  const statements: { queueId: number; items: string[]; end(fault?: unknown): void }[] = []
  const kind: Kind<string, string> = {
    name: 'test',
    atOnce: 1,
    maxRows: 100,
    maxBytes: 1000,
    weigh: (item) => ({ rows: 1, bytes: item.length }),
    run: (queueId, items) =>
      new Promise((resolve, reject) => {
        const answers = items.map((item) => `${item}!`)
        statements.push({ queueId, items, end: (fault) => (fault ? reject(fault as Error) : resolve(answers)) })
      }),
    ...more,
  }
  return { kind, statements, carried: () => statements.map((statement) => statement.items.join(' ')) }
}

/** Lets everything that can go on do so. */
async function settle() {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

async function endAll(statements: { end(): void }[]) {
  for (let i = 0; i < statements.length; i++) {
    statements[i]!.end()
    await settle()
  }
}

const rolledBack = Object.assign(new Error('check violation'), { severity: 'ERROR', code: '23514' })

describe('callers of one kind and queue', () => {
  test('that come in one turn of the event loop share a statement, and each gets its own answer', async () => {
    const { kind, statements, carried } = aKind()
    const { submit } = createDispatcher({ atOnce: 4 })
    const answers = ['a', 'b', 'c'].map((item) => submit(kind, 'p', 1, item))
    await settle()
    expect(carried()).toEqual(['a b c'])
    statements[0]!.end()
    expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!'])
  })

  test('that come while a statement is under way are gathered into the next one', async () => {
    const { kind, statements, carried } = aKind()
    const { submit } = createDispatcher({ atOnce: 4 })
    void submit(kind, 'p', 1, 'a')
    await settle()
    for (const item of ['b', 'c', 'd']) {
      void submit(kind, 'p', 1, item)
      await settle()
    }
    expect(carried()).toEqual(['a'])
    await endAll(statements)
    expect(carried()).toEqual(['a', 'b c d'])
  })

  test('have as many statements under way as their kind allows', async () => {
    const { kind, carried, statements } = aKind({ atOnce: 2 })
    const { submit } = createDispatcher({ atOnce: 4 })
    for (const item of ['a', 'b', 'c', 'd']) {
      void submit(kind, 'p', 1, item)
      await settle()
    }
    expect(carried()).toEqual(['a', 'b'])
    await endAll(statements)
    expect(carried()).toEqual(['a', 'b', 'c d'])
  })

  test('fill a statement up to its rows and bytes, and one that is larger goes alone', async () => {
    const { kind, statements, carried } = aKind({ maxRows: 2, maxBytes: 5 })
    const { submit } = createDispatcher({ atOnce: 4 })
    for (const item of ['a', 'b', 'c', 'dddd', 'eeeeeeeee', 'f']) void submit(kind, 'p', 1, item)
    await settle()
    await endAll(statements)
    expect(carried()).toEqual(['a b', 'c dddd', 'eeeeeeeee', 'f'])
  })

  test('with the same key never share a statement, and keep their order', async () => {
    const { kind, statements, carried } = aKind({ keyOf: (item) => item[0]! })
    const { submit } = createDispatcher({ atOnce: 4 })
    const answers = ['a1', 'a2', 'b1', 'a3', 'b2'].map((item) => submit(kind, 'p', 1, item))
    await settle()
    await endAll(statements)
    expect(carried()).toEqual(['a1 b1', 'a2 b2', 'a3'])
    expect(await Promise.all(answers)).toEqual(['a1!', 'a2!', 'b1!', 'a3!', 'b2!'])
  })

  test('each get a statement of their own when nothing is to be coalesced', async () => {
    const { kind, statements, carried } = aKind()
    const { submit } = createDispatcher({ atOnce: 4, coalesce: false })
    for (const item of ['a', 'b', 'c']) void submit(kind, 'p', 1, item)
    await settle()
    await endAll(statements)
    expect(carried()).toEqual(['a', 'b', 'c'])
  })
})

test('callers of different queues or kinds never share a statement', async () => {
  const [one, other] = [aKind(), aKind()]
  const { submit } = createDispatcher({ atOnce: 4 })
  void submit(one.kind, 'p', 1, 'a')
  void submit(one.kind, 'p', 2, 'b')
  void submit(other.kind, 'p', 1, 'c')
  await settle()
  expect(one.statements.map(({ queueId, items }) => [queueId, ...items])).toEqual([
    [1, 'a'],
    [2, 'b'],
  ])
  expect(other.carried()).toEqual(['c'])
})

describe('when there are more statements than places', () => {
  test('projects take turns, however many queues and callers one has', async () => {
    const { kind, statements, carried } = aKind({ maxRows: 1 })
    const { submit } = createDispatcher({ atOnce: 1 })
    for (let queue = 1; queue <= 3; queue++) for (let i = 0; i < 3; i++) void submit(kind, 'greedy', queue, `g${queue}`)
    await settle()
    void submit(kind, 'modest', 10, 'm')
    void submit(kind, 'modest', 10, 'm')
    await settle()
    await endAll(statements)
    expect(
      carried()
        .slice(0, 5)
        .filter((item) => item === 'm'),
    ).toHaveLength(2)
    expect(carried()).toHaveLength(11)
  })

  test('queues of one project take turns', async () => {
    const { kind, statements, carried } = aKind({ maxRows: 1 })
    const { submit } = createDispatcher({ atOnce: 1 })
    for (let i = 0; i < 4; i++) void submit(kind, 'p', 1, 'long')
    void submit(kind, 'p', 2, 'short')
    await settle()
    await endAll(statements)
    expect(carried().indexOf('short')).toBeLessThanOrEqual(1)
  })

  test('no more are under way than there are places', async () => {
    const { kind, statements } = aKind()
    const { submit } = createDispatcher({ atOnce: 2 })
    for (let queue = 1; queue <= 5; queue++) void submit(kind, 'p', queue, 'x')
    await settle()
    expect(statements).toHaveLength(2)
    statements[0]!.end()
    await settle()
    expect(statements).toHaveLength(3)
    await endAll(statements)
    expect(statements).toHaveLength(5)
  })
})

describe('a statement that fails', () => {
  test('and left nothing is run again one by one, so that each caller gets its own outcome', async () => {
    const ran: string[] = []
    const { kind } = aKind({
      async run(_, items) {
        ran.push(items.join(' '))
        if (items.includes('bad')) throw rolledBack
        return items.map((item) => `${item}!`)
      },
    })
    const { submit } = createDispatcher({ atOnce: 4 })
    const results = await Promise.allSettled(['a', 'bad', 'c'].map((item) => submit(kind, 'p', 1, item)))
    expect(ran).toEqual(['a bad c', 'a', 'bad', 'c'])
    expect(results).toEqual([
      { status: 'fulfilled', value: 'a!' },
      { status: 'rejected', reason: rolledBack },
      { status: 'fulfilled', value: 'c!' },
    ])
  })

  test('with its outcome unknown is not run again: every caller is told', async () => {
    const { kind, statements, carried } = aKind()
    const lost = Object.assign(new Error('write CONNECTION_CLOSED'), { code: 'CONNECTION_CLOSED' })
    const { submit } = createDispatcher({ atOnce: 4 })
    const answers = Promise.allSettled(['a', 'b'].map((item) => submit(kind, 'p', 1, item)))
    await settle()
    statements[0]!.end(lost)
    expect(await answers).toEqual([
      { status: 'rejected', reason: lost },
      { status: 'rejected', reason: lost },
    ])
    expect(carried()).toEqual(['a b'])
  })

  test('makes room for the next one', async () => {
    const { kind, statements } = aKind()
    const { submit } = createDispatcher({ atOnce: 1 })
    const failed = submit(kind, 'p', 1, 'a').catch((fault: unknown) => fault)
    await settle()
    const next = submit(kind, 'p', 1, 'b')
    statements[0]!.end(rolledBack)
    expect(await failed).toBe(rolledBack)
    await settle()
    statements[1]!.end()
    expect(await next).toBe('b!')
  })
})

describe('idle', () => {
  test('is at once when there is nothing to do', async () => {
    expect(await createDispatcher({ atOnce: 1 }).idle()).toBe(undefined)
  })

  test('comes when everything that was submitted has ended', async () => {
    const { kind, statements } = aKind({ maxRows: 1 })
    const { submit, idle } = createDispatcher({ atOnce: 1 })
    void submit(kind, 'p', 1, 'a')
    void submit(kind, 'p', 1, 'b')
    let isIdle = false
    const done = idle().then(() => (isIdle = true))
    await settle()
    statements[0]!.end()
    await settle()
    expect(isIdle).toBe(false)
    statements[1]!.end()
    await done
  })
})

test('every statement is told of, with the number of callers that shared it', async () => {
  const told: [string, number][] = []
  const { kind, statements } = aKind()
  const { submit } = createDispatcher({ atOnce: 1, onBatch: (name, items) => told.push([name, items]) })
  for (const item of ['a', 'b', 'c']) void submit(kind, 'p', 1, item)
  await settle()
  await endAll(statements)
  expect(told).toEqual([['test', 3]])
})

describe('callers of different queues, where their kind can carry several', () => {
  /** Shows what each statement carried as `queue:items`, and ends when the test says so. */
  function aSharedKind(more: Partial<Kind<string, string>> = {}) {
    const statements: { carried: string; end(fault?: unknown): void }[] = []
    const runTogether = (shares: { queueId: number; items: string[] }[]) =>
      new Promise<string[][]>((resolve, reject) => {
        statements.push({
          carried: shares.map(({ queueId, items }) => `${queueId}:${items.join()}`).join(' '),
          end(fault) {
            if (fault) reject(fault as Error)
            else resolve(shares.map(({ items }) => items.map((item) => `${item}!`)))
          },
        })
      })
    const { kind } = aKind({
      run: async (queueId, items) => (await runTogether([{ queueId, items }]))[0]!,
      runTogether,
      ...more,
    })
    return { kind, statements, carried: () => statements.map((statement) => statement.carried) }
  }

  test('share a statement, and each gets its own answer', async () => {
    const { kind, carried, statements } = aSharedKind()
    const { submit } = createDispatcher({ atOnce: 4 })
    const answers = [submit(kind, 'p', 1, 'a'), submit(kind, 'q', 2, 'b'), submit(kind, 'p', 1, 'c')]
    await settle()
    expect(carried()).toEqual(['1:a,c 2:b'])
    await endAll(statements)
    expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!'])
  })

  test('share it up to its rows and bytes, and who did not fit comes in the next', async () => {
    const { kind, carried, statements } = aSharedKind({ maxRows: 3 })
    const { submit } = createDispatcher({ atOnce: 1 })
    for (const [queueId, item] of ['a', 'b', 'c', 'd', 'e'].entries()) void submit(kind, 'p', queueId, item)
    await settle()
    await endAll(statements)
    expect(carried()).toEqual(['0:a 1:b 2:c', '3:d 4:e'])
  })

  test('of which one did not fit let it be the first of the next, however many small ones there are', async () => {
    const { kind, carried, statements } = aSharedKind({ maxBytes: 5 })
    const { submit } = createDispatcher({ atOnce: 1 })
    for (const [queueId, item] of ['a', 'b', 'eeeee', 'c'].entries()) void submit(kind, 'p', queueId, item)
    await settle()
    void submit(kind, 'q', 9, 'd')
    await settle()
    await endAll(statements)
    expect(carried()).toEqual(['0:a 1:b', '2:eeeee', '9:d 3:c'])
  })

  test('with the same key never share one', async () => {
    const { kind, carried, statements } = aSharedKind({ keyOf: (item) => item })
    const { submit } = createDispatcher({ atOnce: 1 })
    for (const [queueId, item] of ['a', 'a', 'b'].entries()) void submit(kind, 'p', queueId, item)
    await settle()
    await endAll(statements)
    expect(carried()).toEqual(['0:a 2:b', '1:a'])
  })

  test('leave out a queue that has as many statements under way as its kind allows', async () => {
    const { kind, carried, statements } = aSharedKind()
    const { submit } = createDispatcher({ atOnce: 4 })
    void submit(kind, 'p', 1, 'a')
    await settle()
    for (const queueId of [1, 2, 3]) void submit(kind, 'p', queueId, 'b')
    await settle()
    expect(carried()).toEqual(['1:a', '2:b 3:b'])
    await endAll(statements)
    expect(carried()).toEqual(['1:a', '2:b 3:b', '1:b'])
  })

  test('find room in turn by their projects, however many queues one has', async () => {
    const { kind, carried, statements } = aSharedKind({ maxRows: 4 })
    const { submit } = createDispatcher({ atOnce: 1 })
    for (let queue = 10; queue < 20; queue++) void submit(kind, 'greedy', queue, 'g')
    for (let queue = 1; queue <= 2; queue++) void submit(kind, 'modest', queue, 'm')
    await settle()
    expect(carried()).toEqual(['10:g 1:m 11:g 2:m'])
    await endAll(statements)
  })

  test('are each answered by their own outcome when the statement fails and left nothing', async () => {
    const ran: string[] = []
    const run = async (shares: { queueId: number; items: string[] }[]) => {
      ran.push(shares.map(({ queueId, items }) => `${queueId}:${items.join()}`).join(' '))
      if (shares.some(({ items }) => items.includes('bad'))) throw rolledBack
      return shares.map(({ items }) => items.map((item) => `${item}!`))
    }
    const { kind } = aSharedKind({
      run: async (queueId, items) => (await run([{ queueId, items }]))[0]!,
      runTogether: run,
    })
    const { submit } = createDispatcher({ atOnce: 4 })
    const submitted = [submit(kind, 'p', 1, 'a'), submit(kind, 'p', 2, 'bad'), submit(kind, 'p', 3, 'c')]
    expect(await Promise.allSettled(submitted)).toEqual([
      { status: 'fulfilled', value: 'a!' },
      { status: 'rejected', reason: rolledBack },
      { status: 'fulfilled', value: 'c!' },
    ])
    expect(ran).toEqual(['1:a 2:bad 3:c', '1:a', '2:bad', '3:c'])
  })
})

test('kinds take turns', async () => {
  const [one, other] = [aKind({ maxRows: 1 }), aKind()]
  const { submit } = createDispatcher({ atOnce: 1 })
  for (let queue = 1; queue <= 5; queue++) void submit(one.kind, 'p', queue, 'x')
  await settle()
  void submit(other.kind, 'p', 1, 'y')
  one.statements[0]!.end()
  await settle()
  one.statements[1]?.end()
  await settle()
  expect(other.carried()).toEqual(['y'])
})
