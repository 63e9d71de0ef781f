import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, test, vi } from 'vitest'
import { createSummedMetrics } from './summed-metrics.ts'

/** Two processes that answer at once unless told otherwise. */
function aSum() {
  const alive = new Map([1, 2].map((id) => [id, aProcess()]))
  const silent = new Set<number>()
  const summed = createSummedMetrics(() => {
    for (const [id, { registry }] of alive) {
      if (!silent.has(id)) void registry.getMetricsAsJSON().then((counts) => summed.counted(id, counts))
    }
    return [...alive.keys()]
  })
  return { alive, silent, ...summed }
}

function aProcess() {
  const registry = new Registry()
  const common = { help: 'h', registers: [registry] }
  return {
    registry,
    requests: new Counter({ name: 'requests', labelNames: ['route'], ...common }),
    seconds: new Histogram({ name: 'seconds', buckets: [1, 2], ...common }),
    memory: new Gauge({ name: 'memory', ...common }),
  }
}

test('counters, histograms and gauges are added up by their labels', async () => {
  const { alive, page } = aSum()
  for (const [id, { requests, seconds, memory }] of alive) {
    requests.inc({ route: 'both' }, id)
    requests.inc({ route: `only ${id}` })
    seconds.observe(id)
    memory.set(10)
  }
  const text = await page()
  expect(text).toContain('requests{route="both"} 3\n')
  expect(text).toContain('requests{route="only 1"} 1\n')
  expect(text).toContain('requests{route="only 2"} 1\n')
  expect(text).toContain('seconds_bucket{le="1"} 1\n')
  expect(text).toContain('seconds_bucket{le="2"} 2\n')
  expect(text).toContain('seconds_sum 3\n')
  expect(text).toContain('memory 20\n')
  expect(text.match(/^# TYPE requests /gm)).toHaveLength(1)
})

test('what a process had counted stays when it ends, what it held does not', async () => {
  const { alive, page, ended } = aSum()
  for (const { requests, memory } of alive.values()) {
    requests.inc(5)
    memory.set(10)
  }
  expect(await page()).toContain('requests 10\n')
  for (const id of [1, 2]) {
    alive.delete(id)
    ended(id)
  }
  alive.set(3, aProcess())
  for (let time = 0; time < 2; time++) {
    const text = await page()
    expect(text).toContain('requests 10\n')
    expect(text).toContain('memory 0\n')
  }
  alive.get(3)!.requests.inc(1)
  expect(await page()).toContain('requests 11\n')
})

test('one that ends instead of answering is not waited for, one that is silent not for long', async () => {
  const { alive, silent, page, ended } = aSum()
  for (const { requests } of alive.values()) requests.inc(5)
  await page()
  silent.add(1)
  alive.get(2)!.requests.inc(1)

  vi.useFakeTimers()
  try {
    const waiting = page()
    await vi.advanceTimersByTimeAsync(1000)
    expect(await waiting).toContain('requests 11\n') // as last seen

    const ending = page()
    ended(1)
    expect(await ending).toContain('requests 11\n') // no timer has run
  } finally {
    vi.useRealTimers()
  }
})

test('whoever asks at the same time shares one round', async () => {
  const { page } = aSum()
  const [one, other] = [page(), page()]
  expect(one).toBe(other)
  await one
  const later = page()
  expect(later).not.toBe(one)
  await later
})
