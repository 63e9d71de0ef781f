// The process that holds the clients of the stream, started by run-stream.ts.
import { setTimeout as pause } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { answerParent } from '../load/answer-parent.ts'
import { BODY_BYTES } from '../load/caller.ts'
import { createLatencies } from '../load/latencies.ts'
import type { ClientsFound, ToClients } from './client-messages.ts'
import { openSocket } from './stream-socket.ts'

/** Opened at the same time. */
const AT_ONCE = 50
/** A gateway takes 4,000 connections from one address; loopback has many. */
const PER_ADDRESS = 2500

let stayed: WebSocket[] = []

answerParent(obey)

async function obey(said: ToClients): Promise<ClientsFound> {
  switch (said.kind) {
    case 'consume':
      return consume(said)
    case 'wake':
      return wake(said)
    case 'idle':
      return idle(said)
    case 'stop reading':
      return stopReading(said)
    case 'let go':
    case 'close':
      for (const socket of stayed) socket.terminate()
      stayed = []
      return {}
    case 'open':
      return {}
  }
}

/** Deletes each batch with one frame as it comes; the end of a reservation brings its credit back. */
async function consume({ door, queue, credit, warmUpSeconds, seconds }: Extract<ToClients, { kind: 'consume' }>) {
  let count = 0
  const socket = await openSocket(door, (text) => {
    if (!text.startsWith('{"type":"messages"')) return
    const { messages } = JSON.parse(text) as { messages: { id: string; reservation_id: string }[] }
    count += messages.length
    const ids = messages.map(({ id, reservation_id }) => ({ id, reservation_id }))
    socket.send(JSON.stringify({ type: 'delete', queue, ids }))
  })
  socket.send(JSON.stringify({ type: 'subscribe', sub: 's', queue, credit }))
  await pause(warmUpSeconds * 1000)
  const [before, began] = [count, performance.now()]
  await pause(seconds * 1000)
  const perSecond = ((count - before) * 1000) / (performance.now() - began)
  socket.terminate()
  return { perSecond }
}

async function wake({ from, to, queues, rounds }: Extract<ToClients, { kind: 'wake' }>) {
  const arrived = new Map<string, (at: number) => void>()
  const answered = new Map<number, (at: number) => void>()
  const consumer = await openSocket(to, (text) => {
    const at = performance.now()
    const frame = JSON.parse(text) as { type: string; sub: string; messages: { id: string; reservation_id: string }[] }
    if (frame.type !== 'messages') return
    arrived.get(frame.sub)?.(at)
    const ids = frame.messages.map(({ id, reservation_id }) => ({ id, reservation_id }))
    consumer.send(JSON.stringify({ type: 'delete', queue: frame.sub, ids }))
  })
  const producer = await openSocket(from, (text) => {
    const at = performance.now()
    const frame = JSON.parse(text) as { type: string; re: number }
    if (frame.type === 'posted') answered.get(frame.re)?.(at)
  })
  for (const queue of queues) {
    consumer.send(JSON.stringify({ type: 'subscribe', sub: queue, queue, credit: 10 }))
  }
  // Longer than it takes to say "somebody waits here" to the other gateway.
  await pause(1500)
  const [fromSending, fromAnswer] = [createLatencies(), createLatencies()]
  const body = 'x'.repeat(BODY_BYTES)
  for (let i = 0; i < rounds; i++) {
    const queue = queues[i % queues.length]!
    const there = new Promise<number>((resolve) => arrived.set(queue, resolve))
    const posted = new Promise<number>((resolve) => answered.set(i, resolve))
    const sent = performance.now()
    producer.send(JSON.stringify({ type: 'post', id: i, queue, messages: [{ body }] }))
    const at = await there
    fromSending.add(at - sent)
    fromAnswer.add(Math.max(0, at - (await posted)))
    answered.delete(i)
    await pause(5 + Math.random() * 10)
  }
  consumer.terminate()
  producer.terminate()
  const both = (of: typeof fromSending) => of.percentiles(0.5, 0.99) as [number, number]
  return { fromSending: both(fromSending), fromAnswer: both(fromAnswer) }
}

async function idle({ door, queue, count }: Extract<ToClients, { kind: 'idle' }>) {
  for (let i = 0; i < count; i += AT_ONCE) {
    const opened = Array.from({ length: Math.min(AT_ONCE, count - i) }, async (_, k) => {
      let subscribed!: () => void
      const done = new Promise<void>((resolve) => (subscribed = resolve))
      const address = `127.0.0.${1 + Math.floor((i + k) / PER_ADDRESS)}`
      const socket = await openSocket(door, () => subscribed(), address)
      socket.send(JSON.stringify({ type: 'subscribe', sub: 's', queue, credit: 10 }))
      await done
      stayed.push(socket)
    })
    await Promise.all(opened)
  }
  return {}
}

async function stopReading({ door, queue, credit }: Extract<ToClients, { kind: 'stop reading' }>) {
  const socket = await openSocket(door, () => {})
  stayed.push(socket)
  socket.send(JSON.stringify({ type: 'subscribe', sub: 's', queue, credit }))
  socket.pause()
  return {}
}
