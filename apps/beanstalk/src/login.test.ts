import { expect, test } from 'vitest'
import { readLogin } from './login.ts'

const login = (text: string) => readLogin(Buffer.from(text, 'latin1'))

test.each(['oauth secret 5f1e', 'oauth   secret    5f1e', 'oauth secret 5f1e \r\n\t\v\f '])('%j is a login', (text) =>
  expect(login(text)).toEqual({ token: 'secret', project: '5f1e' }),
)

test.each([
  '',
  'oauth',
  'oauth secret',
  'oauth secret ',
  ' oauth secret 5f1e',
  'OAuth secret 5f1e',
  'oauth\tsecret 5f1e',
  'oauth secret\t5f1e',
  'oauthsecret 5f1e',
  'oauth secret 5f1e x',
  'oauth secret 5f1e\0',
  'oauth s\xe9cret 5f1e',
  'oauth secret 5f1e\xa0',
])('%j is none', (text) => expect(login(text)).toBeUndefined())

test('a login has at most 1024 bytes', () => {
  expect(login(`oauth secret 5f1e${' '.repeat(1007)}`)).toBeDefined()
  expect(login(`oauth secret 5f1e${' '.repeat(1008)}`)).toBeUndefined()
})
