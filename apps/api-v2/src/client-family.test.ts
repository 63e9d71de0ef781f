import { createMetrics } from '@weldmq/service-kit'
import { expect, test } from 'vitest'
import { countClients, familyOf } from './client-family.ts'

test.each([
  ['0.2.4', 'node'],
  ['IronMQ Node Client', 'node'],
  ['iron_mq_ruby-5.0.2 (iron_core_ruby-1.0.12)', 'ruby'],
  ['IronMQ Python v0.7', 'python'],
  ['iron_mq_php-2.0.0 (iron_core-1.0.4)', 'php'],
  ['iron_go/mq 0.1 (Go http package)', 'go'],
  ['Go-http-client/1.1', 'go'],
  ['IronMQ Java Client', 'java'],
  ['IronSharp/2.0', 'dotnet'],
  ['IronMQ Clojure Client', 'clojure'],
  ['curl/8.5.0', 'curl'],
  ['Mozilla/5.0 (X11; Linux) JavaScript', 'other'],
  ['', 'none'],
  [undefined, 'none'],
])('%s is %s', (userAgent, family) => {
  expect(familyOf(userAgent)).toBe(family)
})

test('moving.1 requests are counted by project and family, and nobody can make more lines than there are of both', async () => {
  const { registry } = createMetrics()
  const count = countClients(registry)
  for (let i = 0; i < 1200; i++) count(`project ${i}`, `agent ${i}`)
  count('project 3', '0.2.4')
  count('project 3', '0.2.4')
  const lines = (await registry.getSingleMetricAsString('weldmq_v2_requests_total')).split('\n')
  expect(lines).toContain('weldmq_v2_requests_total{project="project 3",family="node"} 2')
  expect(lines).toContain('weldmq_v2_requests_total{project="others",family="other"} 200')
  expect(lines.filter((line) => line.startsWith('weldmq'))).toHaveLength(1002)
})
