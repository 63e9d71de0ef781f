import { expect, test, vi } from 'vitest'
import { aBeanstalkSession } from './beanstalk-session.ts'
import { aFolder, adminToken, projectId } from './gateway.ts'
import { aGatewayProcess } from './gateway-process.ts'

const queue = `/3/projects/${projectId}/queues/jobs`

test.each([['one process'], ['two workers', '--workers', '2']])(
  'SIGUSR2 to %s: no door takes messages any more, and what is there is handed out and finished',
  { timeout: 60_000 },
  async (_, ...argv) => {
    const env = { WELDMQ_DATA_DIR: await aFolder(), WELDMQ_PROJECT_ID: projectId, WELDMQ_TOKEN: adminToken }
    const gateway = await aGatewayProcess(env, adminToken, argv)
    const post = () => gateway.send('POST', `${queue}/messages`, { messages: [{ body: 'work' }] })
    expect((await post()).status).toBe(201)
    gateway.kill('SIGUSR2')

    // Whichever process answers; a few in a row, so that each of them has been asked.
    await vi.waitFor(async () => {
      for (let i = 0; i < 20; i++) {
        expect(await post()).toMatchObject({
          status: 503,
          json: { msg: 'Temporarily unavailable, nothing was stored' },
        })
      }
    })
    const { ask, close } = await aBeanstalkSession(gateway.beanstalk[0]!)
    await ask('use jobs')
    // In whichever process this connection is; what it may still take comes after the other work.
    await vi.waitFor(async () => expect(await ask('put 70000 0 60 1', 'x')).toEqual(['DRAINING']))
    await ask('watch jobs')
    const [reserved, body] = await ask('reserve-with-timeout 20')
    expect(body).toBe('work')
    expect(await ask(`delete ${reserved!.split(' ')[1]}`)).toEqual(['DELETED'])
    close()
  },
)
