export { type ApiV3Options, apiV3 } from './app.ts'
