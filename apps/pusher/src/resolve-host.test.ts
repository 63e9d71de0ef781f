import { type RemoteInfo, createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { openResolver } from './resolve-host.ts'

const A = 1
const AAAA = 28

/** A DNS server on loopback: records by name and type, NXDOMAIN for other names, silence for `silent.example`. */
async function dnsServer(records: Record<string, Record<number, number[][]>>) {
  const socket = createSocket('udp4')
  socket.on('message', (question: Buffer, from: RemoteInfo) => {
    const end = question.indexOf(0, 12)
    const name = nameIn(question.subarray(12, end))
    const type = question.readUInt16BE(end + 1)
    if (name === 'silent.example') return
    const found = records[name]?.[type] ?? []
    const header = Buffer.alloc(12)
    question.copy(header, 0, 0, 2)
    header.writeUInt16BE(records[name] ? 0x8180 : 0x8183, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(found.length, 6)
    const answers = found.map((address) =>
      Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 1, 0, address.length, ...address]),
    )
    socket.send(Buffer.concat([header, question.subarray(12, end + 5), ...answers]), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return [`127.0.0.1:${socket.address().port}`]
}

function nameIn(labels: Buffer): string {
  const names: string[] = []
  for (let at = 0; at < labels.length; at += labels[at]! + 1) {
    names.push(labels.toString('latin1', at + 1, at + 1 + labels[at]!))
  }
  return names.join('.').toLowerCase()
}

test('a name has the addresses of both kinds, or of the one that there is', async () => {
  const six = [0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
  const servers = await dnsServer({
    'both.example': {
      [A]: [
        [8, 8, 8, 8],
        [8, 8, 4, 4],
      ],
      [AAAA]: [six],
    },
    'four.example': { [A]: [[10, 0, 0, 1]] },
  })
  const resolve = openResolver({ inHouse: false, servers })
  expect((await resolve('both.example')).sort()).toEqual(['2606:4700::1', '8.8.4.4', '8.8.8.8'])
  expect(await resolve('four.example')).toEqual(['10.0.0.1'])
})

test('a name without addresses, or that nobody knows, has none', async () => {
  const resolve = openResolver({ inHouse: false, servers: await dnsServer({ 'empty.example': {} }) })
  await expect(resolve('empty.example')).rejects.toThrow('the name has no address')
  await expect(resolve('nowhere.example')).rejects.toThrow('the name has no address')
})

test('names whose servers are silent do not keep others waiting, however many they are', async () => {
  const resolve = openResolver({
    inHouse: false,
    servers: await dnsServer({ 'good.example': { [A]: [[8, 8, 8, 8]] } }),
  })
  let silent = 0
  for (let i = 0; i < 20; i++) void resolve('silent.example').catch(() => silent++)
  expect(await resolve('good.example')).toEqual(['8.8.8.8'])
  expect(silent).toBe(0)
})

test('names that only this machine knows count where in-house targets are allowed', async () => {
  const servers = await dnsServer({})
  await expect(openResolver({ inHouse: false, servers })('localhost')).rejects.toThrow('the name has no address')
  expect((await openResolver({ inHouse: true, servers })('localhost')).length).toBeGreaterThan(0)
})

test('names that the system is slow to find do not pile up', async () => {
  let answer = () => {}
  const answered = new Promise<void>((resolve) => (answer = resolve))
  const asked: string[] = []
  const system = async (name: string) => {
    asked.push(name)
    await answered
    return ['10.0.0.1']
  }
  const resolve = openResolver({ inHouse: true, servers: await dnsServer({}), system })
  let refused = 0
  const all = Array.from({ length: 250 }, (_, i) => resolve(`n${i}.example`).catch(() => refused++))
  await expect.poll(() => refused).toBe(50)
  expect(asked).toHaveLength(2)
  answer()
  await Promise.all(all)
  expect(asked).toHaveLength(200)
  expect(await resolve('later.example')).toEqual(['10.0.0.1'])
})
