export { type PushConfig, pushSettings, toPushConfig } from './config.ts'
export { type Pusher, type PusherOptions, startPusher } from './start.ts'
