import { runAlone } from '@weldmq/service-kit'
import { readConfig } from './config.ts'
import { startPusher } from './start.ts'

await runAlone('weldmq pusher', readConfig, ({ core, settings: { publicUrl, push }, log }) => {
  const pusher = startPusher({ core, config: push, publicUrl, log })
  log.info('delivering')
  return pusher
})
