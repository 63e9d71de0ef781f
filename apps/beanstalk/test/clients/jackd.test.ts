import { once } from 'node:events'
import jackd from 'jackd'
import { expect, onTestFinished, test } from 'vitest'
import { onEachServer } from './servers.ts'

// Its types promise a default of the default, which is not always there.
const Jackd: typeof jackd.default = jackd.default ?? jackd

// The published client named jackd, unchanged: every call it has.
onEachServer((server) => {
  async function aClient(tube: string, options?: { useLegacyStringPayloads: boolean }) {
    const client = new Jackd(options)
    await client.connect({ host: '127.0.0.1', port: server.port() })
    onTestFinished(() => void client.socket.destroy())
    expect(await client.use(tube)).toBe(tube)
    expect(await client.watch(tube)).toBe(2)
    expect(await client.ignore('default')).toBe(1)
    return client
  }

  test('put, reserve, reserveWithTimeout, reserveJob, touch, delete', async () => {
    const client = await aClient('jd-cycle')
    const id = await client.put('work')
    expect(await client.reserve()).toEqual({ id, payload: Buffer.from('work') })
    await client.touch(id)
    await client.delete(id)
    await expect(client.delete(id)).rejects.toThrow('NOT_FOUND')
    await expect(client.touch(id)).rejects.toThrow('NOT_FOUND')
    await expect(client.reserveWithTimeout(0)).rejects.toThrow('TIMED_OUT')

    const other = await client.put({ an: 'object' }, { priority: 3, ttr: 100, delay: 100 })
    expect(String((await client.reserveJob(Number(other))).payload)).toBe('{"an":"object"}')
    await expect(client.reserveJob(Number(other))).rejects.toThrow('NOT_FOUND')
  })

  test('release, bury, kick, kickJob', async () => {
    const client = await aClient('jd-moves')
    const id = await client.put(Buffer.from([0, 255, 13, 10]))
    await client.reserve()
    await client.release(id, { priority: 7, delay: 100 })
    await expect(client.release(id)).rejects.toThrow('NOT_FOUND')
    await client.kickJob(id)
    await client.reserve()
    await client.bury(id, 9)
    expect(await client.kick(5)).toBe(1)
    await expect(client.kickJob(id)).rejects.toThrow('NOT_FOUND')
    const stats = await client.statsJob(id)
    for (const line of [
      'state: ready',
      'pri: 9',
      'delay: 100',
      'reserves: 2',
      'releases: 1',
      'buries: 1',
      'kicks: 2',
    ]) {
      expect(stats).toContain(`\n${line}\n`)
    }
  })

  test('peek, peekReady, peekDelayed, peekBuried', async () => {
    const client = await aClient('jd-peeks')
    await expect(client.peekReady()).rejects.toThrow('NOT_FOUND')
    const buried = await client.put('buried')
    await client.reserve()
    await client.bury(buried, 0)
    const [ready, delayed] = [await client.put('ready'), await client.put('delayed', { delay: 100 })]
    expect(await client.peekReady()).toEqual({ id: ready, payload: Buffer.from('ready') })
    expect(await client.peekDelayed()).toEqual({ id: delayed, payload: Buffer.from('delayed') })
    expect(await client.peekBuried()).toEqual({ id: buried, payload: Buffer.from('buried') })
    expect(await client.peek(delayed)).toEqual({ id: delayed, payload: Buffer.from('delayed') })
  })

  test('statsTube, stats, listTubes, listTubesWatched, listTubeUsed', async () => {
    const client = await aClient('jd-tubes')
    expect(await client.statsTube('jd-tubes')).toMatch(/^---\nname: "?jd-tubes"?\ncurrent-jobs-urgent: 0\n/)
    expect(await client.stats('')).toMatch(
      /^---\ncurrent-jobs-urgent: \d+\n[^]*\nversion: "[^"]+"\n[^]*\nplatform: \S+\n$/,
    )
    expect(await client.listTubes('')).toContain('\n- jd-tubes\n')
    expect(await client.listTubesWatched('')).toBe('---\n- jd-tubes\n')
    expect(await client.listTubeUsed()).toBe('jd-tubes')
    expect(await client.getCurrentTube()).toBe('jd-tubes')
    await expect(client.ignore('jd-tubes')).rejects.toThrow('NOT_IGNORED')
  })

  test('its pauseTube is glued to the next command, and both get one refusal', async () => {
    const client = await aClient('jd-pause')
    const [paused, used] = [client.pauseTube('jd-pause', { delay: 100 }), client.use('jd-pause')]
    used.catch(() => {}) // answered by nobody
    await expect(paused).rejects.toThrow('BAD_FORMAT')
  })

  test('bodies in legacy spelling, and one that arrives in many pieces', async () => {
    const client = await aClient('jd-bodies', { useLegacyStringPayloads: true })
    for (const body of ['text', 'x'.repeat(65_535)]) {
      const id = await client.put(body)
      expect(await client.reserve()).toEqual({ id, payload: body })
      await client.delete(id)
    }
    await expect(client.put('x'.repeat(65_536))).rejects.toThrow('JOB_TOO_BIG')
  })

  test('a reserve under way gets the job that is put next', async () => {
    const [worker, producer] = [await aClient('jd-wait'), await aClient('jd-wait')]
    const reserved = worker.reserve()
    const id = await producer.put('work')
    expect((await reserved).id).toBe(id)
  })

  test.each(['quit', 'close', 'disconnect'] as const)(
    '%s ends the connection, and what was held is free',
    async (end) => {
      const [leaving, staying] = [await aClient(`jd-${end}`), await aClient(`jd-${end}`)]
      const id = await staying.put('work')
      await leaving.reserve()
      const closed = once(leaving.socket, 'close')
      await leaving[end]()
      await closed
      expect(leaving.isConnected()).toBe(false)
      expect((await staying.reserve()).id).toBe(id)
    },
  )
})
