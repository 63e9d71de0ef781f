import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('requests are counted by route and status, refusals by door and kind', async () => {
  const metrics = createMetrics()
  metrics.countRequest('GET /queues', 200, 0.002)
  metrics.countRequest('GET /queues', 200, 0.2)
  metrics.countRefusal('v3', 'queue_not_found')
  const { contentType, text } = await metrics.page()
  expect(contentType).toContain('text/plain')
  expect(text).toContain('weldmq_http_request_seconds_count{route="GET /queues",status="200"} 2')
  expect(text).toContain('weldmq_http_request_seconds_bucket{le="0.0025",route="GET /queues",status="200"} 1')
  expect(text).toContain('weldmq_refusals_total{door="v3",kind="queue_not_found"} 1')
})
