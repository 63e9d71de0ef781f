import { expect, test } from 'vitest'
import { connect } from './index.ts'
import { WeldmqError } from './weldmq-error.ts'

test.each(['127.0.0.1:8080', 'localhost:8080', 'ws://127.0.0.1:8080', '', '/'])('%j is no address', (url) => {
  const connecting = () => connect({ url, projectId: '4e25e1d25c0dd27801000275', token: 'secret' })
  expect(connecting).toThrow(WeldmqError)
  expect(connecting).toThrow('url must begin with http:// or https://')
})
