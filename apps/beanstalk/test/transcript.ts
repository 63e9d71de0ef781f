import { until } from '@weldmq/testing'
import { expect } from 'vitest'
import { type Client, openClient } from './client.ts'
import type { Place } from './servers.ts'

/**
 * Plays a conversation over real connections and expects every reply. One step to a line:
 *
 *     > put 0 0 60 5        what a client sends, CRLF behind it; `b>` is a second client, and so on
 *     < INSERTED {x}        the next reply: `{x}` is whatever stands there, and the same again in later lines;
 *     < RESERVED {x} 5      `{_}` is anything. Behind a line that announces bytes stand these,
 *     < hello               cut at their line feeds. `< OK` alone does not ask how many they are
 *     < age: {0..30}        a whole number from 0 to 30, for what the clock decides
 *     b: half-closes        `closes`, `is closed`, `hears nothing`, and `waits`: it is blocked in a reserve
 *
 * In a line `\\s`, `\\r`, `\\n`, `\\t`, `\\0` are these bytes.
 */
export async function transcript(place: Place, text: string): Promise<void> {
  const clients = new Map<string, Client>()
  const names = new Map<string, string>()
  const open = async (name: string) => {
    const client = clients.get(name) ?? (await openClient(place))
    clients.set(name, client)
    return client
  }

  const steps = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(stepOf)
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at]!
    const client = await open(step.who)
    if (step.kind === '>') {
      client.send(`${fill(step.text, names)}\r\n`)
    } else if (step.kind === '<') {
      const { line, body } = await client.reply()
      const isShort = step.text === 'OK' && body !== undefined
      expectLine(isShort ? line.replace(/ \d+$/, '') : line, step.text, names, at)
      if (body === undefined) continue
      const parts = body.toString('latin1').replace(/\n$/, '').split('\n')
      for (const part of parts) {
        const next = steps[++at]
        if (next?.kind !== '<') throw new Error(`nothing is expected where ${part} came`)
        expectLine(part, next.text, names, at)
      }
    } else await act(step.text, client, () => open(' control'))
  }
  for (const client of clients.values()) client.socket.destroy()
}

type Step = { who: string; kind: '>' | '<' | ':'; text: string }

function stepOf(line: string): Step {
  const [, who, kind, text] = /^(\w*)([<>:])(?: (.*))?$/.exec(line) ?? []
  if (who === undefined || kind === undefined) throw new Error(`this is no step of a transcript: ${line}`)
  return { who, kind: kind as Step['kind'], text: unescape(text ?? '') }
}

const escapes: Record<string, string> = { s: ' ', r: '\r', n: '\n', t: '\t', '0': '\0' }
const unescape = (text: string) => text.replaceAll(/\\([srnt0])/g, (_, letter: string) => escapes[letter]!)

const fill = (text: string, names: Map<string, string>) =>
  text.replaceAll(/\{(\w+)\}/g, (all, name: string) => names.get(name) ?? all)

const numbers = (least: number, most: number) => Array.from({ length: most - least + 1 }, (_, i) => least + i)

function expectLine(line: string, expected: string, names: Map<string, string>, at: number): void {
  const unknown: string[] = []
  const pattern = fill(expected, names)
    .split(/(\{[\w.]+\})/)
    .map((part) => {
      const [, least, most] = /^\{(\d+)\.\.(\d+)\}$/.exec(part) ?? []
      if (least !== undefined) return `(?:${numbers(Number(least), Number(most)).join('|')})`
      const name = /^\{(\w+)\}$/.exec(part)?.[1]
      if (name === '_') return '.*'
      if (name === undefined) return part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
      unknown.push(name)
      return '(\\S+)'
    })
    .join('')
  const match = new RegExp(`^${pattern}$`, 's').exec(line)
  expect(match ? expected : line, `step ${at + 1}`).toBe(expected)
  for (const [i, name] of unknown.entries()) names.set(name, match![i + 1]!)
}

async function act(what: string, client: Client, control: () => Promise<Client>): Promise<void> {
  switch (what) {
    case 'closes':
      client.socket.destroy()
      return
    case 'half-closes':
      client.socket.end()
      return
    case 'is closed':
      await client.closed()
      return
    case 'waits':
      await untilStats(await control(), /^current-waiting: [1-9]/m)
      return
    case 'hears nothing':
      await untilStats(await control(), /^uptime/m)
      expect(client.unread()).toBe(0)
      return
    default:
      throw new Error(`no transcript knows how somebody ${what}`)
  }
}

const untilStats = (client: Client, pattern: RegExp): Promise<void> =>
  until(async () => {
    client.send('stats\r\n')
    return pattern.test(await client.document())
  })
