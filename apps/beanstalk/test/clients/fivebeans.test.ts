import { once } from 'node:events'
import fivebeans from 'fivebeans'
import { afterEach, expect, test } from 'vitest'
import { onEachServer } from './servers.ts'

// The published client for Node that most programs use, unchanged: every call it has.
onEachServer((server) => {
  const open: any[] = []
  afterEach(() => {
    for (const client of open.splice(0)) client.end()
  })

  /** A client that uses and watches one tube, and what it hands to its callbacks as an array. */
  async function aClient(tube: string) {
    const client = new fivebeans.client('127.0.0.1', server.port())
    client.connect()
    await once(client, 'connect')
    open.push(client)
    const ask = (method: string, ...args: unknown[]) =>
      new Promise<any[]>((resolve, reject) => {
        client[method](...args, (error: unknown, ...values: unknown[]) => (error ? reject(error) : resolve(values)))
      })
    expect(await ask('use', tube)).toEqual([tube])
    expect(await ask('watch', tube)).toEqual(['2'])
    expect(await ask('ignore', 'default')).toEqual(['1'])
    return { client, ask }
  }

  test('put, reserve, touch and destroy', async () => {
    const { ask } = await aClient('fb-cycle')
    const [id] = await ask('put', 0, 0, 60, 'work')
    expect(id).toMatch(/^\d+$/)
    expect(await ask('reserve')).toEqual([id, Buffer.from('work')])
    expect(await ask('touch', id)).toEqual([])
    expect(await ask('destroy', id)).toEqual([])
    await expect(ask('destroy', id)).rejects.toBe('NOT_FOUND')
    await expect(ask('reserve_with_timeout', 0)).rejects.toBe('TIMED_OUT')
  })

  test('bodies of any bytes come back, also those that arrive in many pieces', async () => {
    const { ask } = await aClient('fb-bodies')
    for (const body of [Buffer.from([0, 13, 10, 255]), Buffer.alloc(65_535, 'ü'), Buffer.from('1 2\r\nTOUCHED\r\n')]) {
      const [id] = await ask('put', 0, 0, 60, body)
      const [reserved, payload] = await ask('reserve_with_timeout', 10)
      expect(reserved).toBe(id)
      expect(payload.equals(body)).toBe(true)
      await ask('destroy', id)
    }
    await expect(ask('put', 0, 0, 60, Buffer.alloc(65_536))).rejects.toBe('JOB_TOO_BIG')
  })

  test('release, bury, kick and kick_job', async () => {
    const { ask } = await aClient('fb-moves')
    const [id] = await ask('put', 10, 0, 60, 'work')
    await ask('reserve')
    expect(await ask('release', id, 5, 100)).toEqual([])
    await expect(ask('reserve_with_timeout', 0)).rejects.toBe('TIMED_OUT')
    expect(await ask('kick_job', id)).toEqual([])
    await ask('reserve')
    expect(await ask('bury', id, fivebeans.client.LOWEST_PRIORITY)).toEqual([])
    await expect(ask('bury', id, 0)).rejects.toBe('NOT_FOUND')
    expect(await ask('kick', 10)).toEqual(['1'])
    expect(await ask('stats_job', id)).toEqual([
      expect.objectContaining({ id: Number(id), state: 'ready', pri: 1000, reserves: 2, releases: 1, kicks: 2 }),
    ])
  })

  test('peek, peek_ready, peek_delayed and peek_buried', async () => {
    const { ask } = await aClient('fb-peeks')
    for (const state of ['ready', 'delayed', 'buried']) {
      await expect(ask(`peek_${state}`)).rejects.toBe('NOT_FOUND')
    }
    const [buried] = await ask('put', 0, 0, 60, 'buried')
    await ask('reserve')
    await ask('bury', buried, 0)
    const [ready] = await ask('put', 0, 0, 60, 'ready')
    const [delayed] = await ask('put', 0, 100, 60, 'delayed')
    expect(await ask('peek_ready')).toEqual([ready, Buffer.from('ready')])
    expect(await ask('peek_delayed')).toEqual([delayed, Buffer.from('delayed')])
    expect(await ask('peek_buried')).toEqual([buried, Buffer.from('buried')])
    expect(await ask('peek', delayed)).toEqual([delayed, Buffer.from('delayed')])
    await expect(ask('peek', '9007199254740991')).rejects.toBe('NOT_FOUND')
  })

  test('tubes: list_tubes, list_tubes_watched, list_tube_used, pause_tube, stats_tube', async () => {
    const { ask } = await aClient('fb-tubes')
    expect(await ask('watch', '007')).toEqual(['2'])
    expect((await ask('list_tubes'))[0]).toEqual(expect.arrayContaining(['default', 'fb-tubes']))
    expect((await ask('list_tubes_watched'))[0]).toHaveLength(2)
    expect(await ask('list_tube_used')).toEqual(['fb-tubes'])
    await ask('put', 0, 0, 60, 'x')
    expect(await ask('pause_tube', 'fb-tubes', 100)).toEqual([])
    await expect(ask('reserve_with_timeout', 0)).rejects.toBe('TIMED_OUT')
    expect((await ask('stats_tube', 'fb-tubes'))[0]).toMatchObject({
      name: 'fb-tubes',
      'current-jobs-urgent': 1,
      'current-jobs-ready': 1,
      'total-jobs': 1,
      'current-using': 1,
      'current-watching': 1,
      'cmd-pause-tube': 1,
      pause: 100,
    })
    await ask('pause_tube', 'fb-tubes', 0)
    expect((await ask('reserve'))[1]).toEqual(Buffer.from('x'))
    await expect(ask('ignore', 'fb-tubes').then(() => ask('ignore', '007'))).rejects.toBe('NOT_IGNORED')
    await expect(ask('stats_tube', 'nobody-has-this')).rejects.toBe('NOT_FOUND')
    await expect(ask('use', 'no:tube')).rejects.toBe('BAD_FORMAT')
  })

  test('stats has every key, of its type', async () => {
    const { ask } = await aClient('fb-stats')
    const [stats] = await ask('stats')
    expect(Object.keys(stats)).toHaveLength(51)
    expect(stats).toMatchObject({ 'max-job-size': 65_535, draining: false, pid: expect.any(Number) })
    for (const key of ['version', 'hostname', 'platform']) expect(stats[key], key).toEqual(expect.any(String))
  })

  test('quit closes, and what was held is free', async () => {
    const { client } = await aClient('fb-quit')
    const { ask } = await aClient('fb-quit')
    const [id] = await ask('put', 0, 0, 60, 'work')
    client.reserve(() => client.quit())
    await once(client, 'close')
    expect(await ask('reserve')).toEqual([id, Buffer.from('work')])
  })

  test('the answers of calls made at once come to their callers', async () => {
    const { ask } = await aClient('fb-pipelined')
    const ids = (await Promise.all(Array.from({ length: 200 }, (_, i) => ask('put', 0, 0, 60, `${i}`)))).map(
      ([id]) => id,
    )
    expect(new Set(ids).size).toBe(200)
    const taken = await Promise.all(ids.map(() => ask('reserve')))
    expect(taken.map(([id, body]) => [id, String(body)])).toEqual(ids.map((id, i) => [id, `${i}`]))
    await Promise.all(ids.map((id) => ask('destroy', id)))
    expect((await ask('stats_tube', 'fb-pipelined'))[0]).toMatchObject({ 'cmd-delete': 200, 'total-jobs': 200 })
  })
})
