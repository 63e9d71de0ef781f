import { Client, Pool } from 'node-beanstalk'
import { expect, onTestFinished, test } from 'vitest'
import { onEachServer } from './servers.ts'

// The published client named node-beanstalk, unchanged: every call of its client and its pool.
onEachServer((server) => {
  async function aClient(tube: string) {
    const client = new Client({ host: '127.0.0.1', port: server.port() })
    await client.connect()
    onTestFinished(() => (client.isConnected ? client.disconnect(true) : undefined))
    expect(await client.use(tube)).toBe(tube)
    expect(await client.watch(tube)).toBe(2)
    expect(await client.ignore('default')).toBe(true)
    return client
  }

  test('put, reserve, reserveWithTimeout, reserveJob, touch, delete', async () => {
    const client = await aClient('nb-cycle')
    const { id, state } = await client.put({ some: ['json'] }, 60, 5)
    expect(state).toBe('ready')
    expect(await client.reserve()).toEqual({ id, payload: { some: ['json'] } })
    expect(await client.touch(id)).toBe(true)
    expect(await client.delete(id)).toBe(true)
    expect([await client.delete(id), await client.touch(id)]).toEqual([false, false])
    expect(await client.reserveWithTimeout(0)).toBeNull()

    const delayed = await client.put('later', 60, 0, 100)
    expect(delayed.state).toBe('delayed')
    expect(await client.reserveJob(delayed.id)).toMatchObject({ id: delayed.id })
    expect(await client.reserveJob(delayed.id)).toBeNull()
  })

  test('release, bury, kick, kickJob, statsJob', async () => {
    const client = await aClient('nb-moves')
    const { id } = await client.put('work', 77)
    await client.reserve()
    expect(await client.release(id, 3, 100)).toBe('delayed')
    expect(await client.release(id)).toBeNull()
    expect([await client.kickJob(id), await client.kickJob(id)]).toEqual([true, false])
    await client.reserve()
    expect([await client.bury(id, 8), await client.bury(id)]).toEqual([true, false])
    expect(await client.kick(10)).toBe(1)
    expect(await client.statsJob(id)).toEqual({
      id,
      tube: 'nb-moves',
      state: 'ready',
      pri: 8,
      age: expect.any(Number),
      delay: 100,
      ttr: 77,
      'time-left': 0,
      file: 0,
      reserves: 2,
      timeouts: 0,
      releases: 1,
      buries: 1,
      kicks: 2,
    })
    expect(await client.statsJob(4_000_000_000)).toBeNull()
  })

  test('peek, peekReady, peekDelayed, peekBuried', async () => {
    const client = await aClient('nb-peeks')
    expect([await client.peekReady(), await client.peekDelayed(), await client.peekBuried()]).toEqual([
      null,
      null,
      null,
    ])
    const buried = await client.put('buried')
    await client.reserve()
    await client.bury(buried.id)
    const [ready, delayed] = [await client.put('ready'), await client.put('delayed', 60, 0, 100)]
    expect(await client.peekReady()).toMatchObject({ id: ready.id })
    expect(await client.peekDelayed()).toMatchObject({ id: delayed.id })
    expect(await client.peekBuried()).toMatchObject({ id: buried.id })
    expect(await client.peek(buried.id)).toMatchObject({ id: buried.id })
    expect(await client.peek(4_000_000_000)).toBeNull()
  })

  test('stats, statsTube, listTubes, listTubesWatched, listTubeUsed, pauseTube', async () => {
    const client = await aClient('nb-tubes')
    expect(await client.stats()).toMatchObject({ draining: false, version: expect.any(String), 'max-job-size': 65_535 })
    expect(await client.listTubes()).toEqual(expect.arrayContaining(['default', 'nb-tubes']))
    expect(await client.listTubesWatched()).toEqual(['nb-tubes'])
    expect(await client.listTubeUsed()).toBe('nb-tubes')
    expect([await client.pauseTube('nb-tubes', 100), await client.pauseTube('nobody-has-this', 1)]).toEqual([
      true,
      false,
    ])
    expect(await client.statsTube('nb-tubes')).toMatchObject({ name: 'nb-tubes', pause: 100, 'cmd-pause-tube': 1 })
    expect(await client.statsTube('nobody-has-this')).toBeNull()
    expect(await client.ignore('nb-tubes')).toBe(false)
  })

  test('a pool hands out connections that come back', async () => {
    const pool = new Pool({ capacity: 2, clientOptions: { host: '127.0.0.1', port: server.port() } })
    const [one, two] = [await pool.connect(), await pool.connect()]
    const third = pool.connect()
    await one.use('nb-pool')
    await two.watch('nb-pool')
    const reserved = two.reserve()
    const { id } = await one.put('work')
    expect(await reserved).toMatchObject({ id })
    await two.delete(id)
    one.releaseClient()
    expect(await (await third).listTubeUsed()).toBe('nb-pool')
    await pool.disconnect(true)
    expect(pool.getState()).toBe('disconnected')
  })
})
