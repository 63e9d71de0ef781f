export { type ApiAuthOptions, apiAuth } from './app.ts'
