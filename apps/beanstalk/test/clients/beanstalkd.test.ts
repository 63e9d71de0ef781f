import BeanstalkdModule from 'beanstalkd'
import { expect, onTestFinished, test } from 'vitest'
import { onEachServer } from './servers.ts'

const Beanstalkd = BeanstalkdModule.default ?? BeanstalkdModule

// The published client for Node that is named like the server, unchanged: every call it has.
onEachServer((server) => {
  async function aClient(tube: string) {
    const client = new Beanstalkd('127.0.0.1', server.port())
    await client.connect()
    onTestFinished(() => void client.quit())
    expect(await client.use(tube)).toBe(tube)
    expect(await client.watch(tube)).toBe(2)
    expect(await client.ignore('default')).toBe(1)
    return client
  }

  test('put, reserve, reserveWithTimeout, touch, delete, destroy', async () => {
    const client = await aClient('bd-cycle')
    const id = await client.put(0, 0, 60, 'work')
    expect(await client.reserve()).toEqual([id, Buffer.from('work')])
    await client.touch(id)
    await client.delete(id)
    await expect(client.destroy(id)).rejects.toThrow('NOT_FOUND')
    await expect(client.reserveWithTimeout(0)).rejects.toThrow('TIMED_OUT')
  })

  test('release, bury, kickJob, statsJob', async () => {
    const client = await aClient('bd-moves')
    const id = await client.put(10, 0, 60, 'work')
    await client.reserve()
    await client.release(id, 5, 100)
    await client.kickJob(id)
    await client.reserve()
    await client.bury(id, 6)
    expect(await client.statsJob(id)).toMatchObject({ state: 'buried', pri: 6, delay: 100, releases: 1, kicks: 1 })
    await client.kickJob(id)
    await expect(client.kickJob(id)).rejects.toThrow('NOT_FOUND')
  })

  test('peek, peekReady, peekDelayed, peekBuried', async () => {
    const client = await aClient('bd-peeks')
    await expect(client.peekReady()).rejects.toThrow('NOT_FOUND')
    const buried = await client.put(0, 0, 60, 'buried')
    await client.reserve()
    await client.bury(buried, 0)
    const [ready, delayed] = [await client.put(0, 0, 60, 'ready'), await client.put(0, 100, 60, 'delayed')]
    expect(await client.peekReady()).toEqual([ready, Buffer.from('ready')])
    expect(await client.peekDelayed()).toEqual([delayed, Buffer.from('delayed')])
    expect(await client.peekBuried()).toEqual([buried, Buffer.from('buried')])
    expect(await client.peek(ready)).toEqual([ready, Buffer.from('ready')])
  })

  test('stats, statsTube, listTubes, listTubesWatched, listTubeUsed, pauseTube', async () => {
    const client = await aClient('bd-tubes')
    expect(await client.stats()).toMatchObject({ 'max-job-size': 65_535, draining: false })
    expect(await client.listTubes()).toEqual(expect.arrayContaining(['default', 'bd-tubes']))
    expect(await client.listTubesWatched()).toEqual(['bd-tubes'])
    expect(await client.listTubeUsed()).toBe('bd-tubes')
    await client.pauseTube('bd-tubes', 100)
    expect(await client.statsTube('bd-tubes')).toMatchObject({ name: 'bd-tubes', pause: 100 })
    await expect(client.statsTube('nobody-has-this')).rejects.toThrow('NOT_FOUND')
    await expect(client.ignore('bd-tubes')).rejects.toThrow('NOT_IGNORED')
  })

  test('quit frees what was held', async () => {
    const [leaving, staying] = [await aClient('bd-quit'), await aClient('bd-quit')]
    const id = await staying.put(0, 0, 60, 'work')
    await leaving.reserve()
    await leaving.quit()
    expect(await staying.reserve()).toEqual([id, Buffer.from('work')])
  })
})
