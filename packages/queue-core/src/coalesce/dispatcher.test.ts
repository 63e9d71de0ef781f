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
