export { type StreamConfig, streamSettings, toStreamConfig } from './config.ts'
export { type StreamDoor, type StreamOptions, openStreamDoor } from './door.ts'
export { ticketRoute, ticketShown } from './ticket-route.ts'
export { livePage } from './live-page.ts'
