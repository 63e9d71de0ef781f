import { createMetrics, readTls, runAlone } from '@weldmq/service-kit'
import { readConfig } from './config.ts'
import { startStream } from './start.ts'

await runAlone('weldmq stream', readConfig, async ({ core, settings, log }) => {
  const { listen, maxBodyBytes, stream: config } = settings
  const tls = settings.tls && (await readTls(settings.tls))
  if (!tls && !listen.loopback) log.warn('tokens travel in the clear; set WELDMQ_TLS_CERT')
  const server = await startStream({ core, config, ...listen, tls, maxBodyBytes, log, metrics: createMetrics() })
  log.info({ url: server.url }, 'ready')
  return server
})
