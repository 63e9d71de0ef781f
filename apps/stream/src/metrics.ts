import type { Metrics } from '@weldmq/service-kit'
import { Counter, Gauge } from 'prom-client'
import type { Connection } from './connection.ts'

export type StreamMetrics = {
  /** A frame of a known type came. */
  received(type: string): void
  /** Messages in frames that went out. */
  delivered(count: number): void
  /** An `error` frame. */
  refused(code: string): void
  /** A connection that we closed. */
  closed(code: number): void
}

/** Counts frames, messages and ends, and shows how many connections and subscriptions there are. */
export function countStream({ registry, countRefusal }: Metrics, connections: ReadonlySet<Connection>): StreamMetrics {
  const registers = [registry]
  const frames = new Counter({
    name: 'weldmq_stream_frames_total',
    help: 'Frames that clients of the stream sent, by type',
    labelNames: ['type'] as const,
    registers,
  })
  const messages = new Counter({
    name: 'weldmq_stream_messages_total',
    help: 'Messages handed to subscriptions of the stream',
    registers,
  })
  const closes = new Counter({
    name: 'weldmq_stream_closes_total',
    help: 'Connections of the stream that the server closed, by close code',
    labelNames: ['code'] as const,
    registers,
  })
  const open: Gauge = new Gauge({
    name: 'weldmq_stream_connections',
    help: 'Open connections of the stream',
    registers,
    collect: () => open.set(connections.size),
  })
  const subscriptions: Gauge = new Gauge({
    name: 'weldmq_stream_subscriptions',
    help: 'Subscriptions of the stream',
    registers,
    collect() {
      let count = 0
      for (const connection of connections) count += connection.subscriptions.size
      subscriptions.set(count)
    },
  })
  // Looking a label up costs more than counting, so each is looked up once.
  const byType = new Map<string, Counter.Internal>()
  return {
    received(type) {
      let counter = byType.get(type)
      if (!counter) byType.set(type, (counter = frames.labels(type)))
      counter.inc()
    },
    delivered: (count) => messages.inc(count),
    refused: (code) => countRefusal('stream', code),
    closed: (code) => closes.inc({ code }),
  }
}
