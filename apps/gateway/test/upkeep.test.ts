import { testDatabase } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { aFolder, adminToken, projectId } from './gateway.ts'
import { aGatewayProcess } from './gateway-process.ts'

// Upkeep is done by one gateway of a database, the others stand by.
const queue = `/3/projects/${projectId}/queues/jobs`

const database = await testDatabase({ name: 'empty' })
const urlOf = (one: typeof database) =>
  'url' in one ? one.url : `postgres://${one.user}@/${one.database}?host=${encodeURIComponent(one.host)}`

test(
  'kill -9 of the gateway that does the upkeep: another takes over, and what is due becomes ready by itself',
  { timeout: 60_000 },
  async () => {
    const env = {
      DATABASE_URL: urlOf(database),
      WELDMQ_DATA_DIR: await aFolder(),
      WELDMQ_PROJECT_ID: projectId,
      WELDMQ_TOKEN: adminToken,
    }
    const leading = await aGatewayProcess(env, adminToken) // alone, so it leads
    const standby = await aGatewayProcess(env, adminToken)
    await standby.send('PUT', queue, {})
    leading.kill('SIGKILL')
    expect(await leading.ended).toBe('SIGKILL')

    await standby.send('POST', `${queue}/messages`, { messages: [{ body: 'late', delay: 2 }] })
    // A wait looks once by itself, before the message is due; after that it is woken by upkeep alone.
    const { json } = await standby.send('POST', `${queue}/reservations`, { n: 1, wait: 20 })
    expect(json.messages).toMatchObject([{ body: 'late' }])
  },
)
