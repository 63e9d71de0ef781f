import { expect, test } from 'vitest'
import { subscriberUrlProblem } from './subscriber-url.ts'

const on = { project: 'p1', queue: 'q' }

test.each([
  'mq.example.com',
  'mq.example.com:8080',
  '192.0.2.1:80',
  '[2001:db8::1]',
  '[2001:db8::1]:443',
  'müll.example',
])('1.1 a queue on the server %j may be a subscriber', (host) =>
  expect(subscriberUrlProblem(`ironmq://p2:token@${host}/jobs`, on)).toBeUndefined(),
)

// Each would put the queue's path elsewhere, or look like port 80, where tokens may travel in the clear (push.md I5).
test.each([
  'mq.example.com?:80',
  'mq.example.com#:80',
  'mq.example.com\\x:80',
  'mq.example.com:8080:80',
  'a:b',
  ':80',
  'a:99999',
])('1.1 %j is no server', (host) =>
  expect(subscriberUrlProblem(`ironmq://p2:token@${host}/jobs`, on)).toMatch(/^must be ironmq:/),
)
