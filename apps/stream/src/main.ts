import { createMetrics, runAlone } from '@weldmq/service-kit'
import { readConfig } from './config.ts'
import { startStream } from './start.ts'

await runAlone('weldmq stream', readConfig, async ({ core, settings, log }) => {
  const { listen, maxBodyBytes, stream: config } = settings
  const server = await startStream({ core, config, ...listen, maxBodyBytes, log, metrics: createMetrics() })
  log.info({ url: server.url }, 'ready')
  return server
})
