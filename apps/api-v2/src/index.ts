export { type ApiV2Options, apiV2 } from './app.ts'
