import { deliver } from '@weldmq/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { talk } from './raw.ts'
import { type InProject, startV2 } from './v2.ts'

// What the published clients that npm does not have put on the wire, byte for byte but for host, token and project.
const v2 = await startV2()
let my: InProject
beforeEach(async () => {
  my = await v2.aProject()
})

const json = 'Content-Type: application/json\n'
const sized = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\n\n${body}`
/** `talk` sends each line end as two bytes. */
const chunked = (body: string) =>
  `Transfer-Encoding: chunked\n\n${body === '' ? '' : `${Buffer.byteLength(body.replaceAll('\n', '\r\n')).toString(16)}\n${body}\n`}0\n\n`

/** The status and the body of the answer to one request; `Connection: close` so that the answer ends. */
async function send(line: string, headers: string, rest = '\n') {
  const [method, path] = line.split(' ')
  const target = `${my.base}${path!.replaceAll('TOKEN', my.token)}`
  const said = await talk(
    v2.port,
    `${method} ${target} HTTP/1.1\nHost: mq.example.com\nConnection: close\n${headers.replaceAll('TOKEN', my.token)}${rest}`,
  )
  const [head, body = ''] = said.split('\n\n')
  expect(head).toMatch(/\nContent-Type: application\/json\n/)
  expect(head).toMatch(new RegExp(`\nContent-Length: ${Buffer.byteLength(body)}(\n|$)`))
  return `${head!.split('\n')[0]!.slice('HTTP/1.1 '.length)} ${body.replaceAll(/"1\d{18}"/g, '"ID"')}`
}

const posted = '200 OK {"ids":["ID"],"msg":"Messages put on queue."}'
const got = (body: string, timeout = 60) =>
  `200 OK {"messages":[{"id":"ID","body":"${body}","timeout":${timeout},"reserved_count":1,"push_status":{}}]}`
const say = (msg: string) => `200 OK {"msg":"${msg}"}`

async function aMessage(body = 'work') {
  const [id] = await my.post('q', body)
  return `/queues/q/messages/${id}`
}

describe('Ruby iron_mq 5.0.2', () => {
  const headers =
    'Authorization: OAuth TOKEN\nUser-Agent: iron_mq_ruby-5.0.2 (iron_core_ruby-1.0.12)\n' +
    'Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\nAccept: */*\n'
  const form = 'Content-Type: application/x-www-form-urlencoded\n'

  test('a working day', async () => {
    const body = '{"messages":[{"timeout":30,"delay":0,"expires_in":3600,"body":"work"}]}'
    expect(await send('POST /queues/q/messages', headers + json, sized(body))).toBe(posted)
    expect(await send('GET /queues/q/messages?n=1&timeout=60', headers + json)).toBe(got('work'))
    const path = await aMessage()
    expect(await send(`POST ${path}/touch`, headers + json, sized('{}'))).toBe(say('Touched'))
    expect(await send(`POST ${path}/release`, headers + json, sized('{"delay":0}'))).toBe(say('Released'))
    expect(await send(`DELETE ${path}`, headers + form, sized('{}'))).toBe(say('Deleted'))
    expect(await send(`DELETE ${path}`, headers + form, sized('{}'))).toBe('404 Not Found {"msg":"Message not found"}')
    expect(await send('DELETE /queues/q/messages', headers + json, sized('{"ids":["1","2"]}'))).toBe(say('Deleted'))
    expect(await send('GET /queues/q/messages?delete=true&wait=0', headers + json)).toBe('200 OK {"messages":[]}')
    expect(await send('POST /queues/q/clear', headers + json, sized('{}'))).toBe(say('Cleared'))
    expect(await send('GET /queues?page=50&per_page=30', headers + json)).toBe('200 OK []')
    expect(await send('DELETE /queues/q', headers + form, sized('{}'))).toBe(say('Deleted.'))
  })

  test('acknowledging a delivery', async () => {
    await my.send('POST', '/queues/q/subscribers', { subscribers: [{ url: 'http://example.com/' }] })
    const path = await aMessage()
    await deliver(v2.core.pushing, { project: my.id, queue: 'q' }, () => 202)
    const { subscribers } = (await my.send('GET', `${path}/subscribers`)).json
    expect(await send(`DELETE ${path}/subscribers/${subscribers[0]!.id}`, headers + form, sized('{}'))).toBe(
      say('Deleted'),
    )
  })

  test('delayed_job_ironmq 1.0.2 empties a queue a thousand at a time', async () => {
    await aMessage()
    expect(await send('GET /queues/q/messages?n=1000', headers + json)).toBe(got('work'))
    expect(await send('GET /queues/q/messages?n=1000', headers + json)).toBe('200 OK {"messages":[]}')
  })
})

describe('Python iron-mq 0.7', () => {
  const headers =
    'Accept-Encoding: gzip, deflate\nAccept: application/json\nUser-Agent: IronMQ Python v0.7\n' +
    'Authorization: OAuth TOKEN\n'

  test('a working day', async () => {
    expect(await send('POST /queues/q/messages', headers + json, sized('{"messages": [{"body": "work"}]}'))).toBe(
      posted,
    )
    expect(await send('GET /queues/q/messages?n=1', headers)).toBe(got('work'))
    const path = await aMessage()
    expect(await send(`POST ${path}/release`, headers + json, sized('{"delay": 0}'))).toBe(say('Released'))
    expect(await send(`DELETE ${path}`, headers, 'Content-Length: 0\n\n')).toBe(say('Deleted'))
    const { ids } = (await my.send('POST', '/queues/q/messages', { messages: [{ body: '1' }, { body: '2' }] })).json
    const nested = `{"ids": [["${ids.join('", "')}"]]}`
    expect(await send('DELETE /queues/q/messages', headers + json, sized(nested))).toBe(say('Deleted'))
    expect(await my.size('q')).toBe(1)
    expect(await send('POST /queues/q/clear', headers, 'Content-Length: 0\n\n')).toBe(say('Cleared'))
    expect(await my.size('q')).toBe(0)
  })
})

describe('Python iron-mq 0.7, alerts', () => {
  const headers = 'Accept: application/json\nUser-Agent: IronMQ Python v0.7\nAuthorization: OAuth TOKEN\n'

  test('a list where an id belongs', async () => {
    const alert = { type: 'fixed', queue: 'other' }
    const three = { alerts: [1, 2, 3].map((trigger) => ({ ...alert, trigger })) }
    expect(await send('POST /queues/q/alerts', headers + json, sized(JSON.stringify(three)))).toBe(say('Updated'))
    const { alerts } = (await my.send('GET', '/queues/q')).json as unknown as { alerts: { id: string }[] }
    const two = { alerts: [{ id: [alerts[0]!.id, alerts[1]!.id] }] }
    expect(await send('DELETE /queues/q/alerts', headers + json, sized(JSON.stringify(two)))).toBe(say('Deleted'))
    const last = `DELETE /queues/q/alerts/${alerts[2]!.id}`
    expect(await send(last, headers + json, 'Content-Length: 0\n\n')).toBe(say('Deleted'))
    expect((await my.send('GET', '/queues/q')).json).not.toHaveProperty('alerts')
  })
})

describe('PHP 1.5.3 and 2.0.0', () => {
  const headers =
    'User-Agent: iron_mq_php-2.0.0 (iron_core-1.0.4)\nContent-Type: application/json\nAuthorization: OAuth TOKEN\n' +
    'Accept: application/json\nAccept-Encoding: gzip, deflate\nKeep-Alive: 300\n'

  test('a working day', async () => {
    const body = '{"messages":[{"body":"work"}],"oauth":"12345"}'
    const oauth = sized('{"oauth":"12345"}')
    expect(await send('POST /queues/my%20q/messages', headers, sized(body))).toBe(posted)
    expect(await send('GET /queues/my%20q/messages?oauth=TOKEN', headers)).toBe(got('work'))
    const path = await aMessage()
    expect(await send(`POST ${path}/touch`, headers, oauth)).toBe(say('Touched'))
    expect(await send(`POST ${path}/release`, headers, oauth)).toBe(say('Released'))
    expect(await send(`POST ${path}/release`, headers, sized('{"delay":5,"oauth":"12345"}'))).toBe(say('Released'))
    expect(await send(`DELETE ${path}`, headers, oauth)).toBe(say('Deleted'))
    expect(await send('DELETE /queues/q/messages', headers, sized('{"ids":["5"],"oauth":"12345"}'))).toBe(
      say('Deleted'),
    )
    expect(await send('POST /queues/q/clear', headers, oauth)).toBe(say('Cleared'))
    expect(await send('POST /queues/q', headers, sized('{"push_type":"pull","oauth":"12345"}'))).toContain('"size":0')
    expect(await send('DELETE /queues/q', headers, oauth)).toBe(say('Deleted.'))
  })
})

describe('Go iron_go', () => {
  const headers =
    'User-Agent: iron_go/mq 0.1 (Go http package)\nAuthorization: OAuth TOKEN\nAccept: application/json\n' +
    'Accept-Encoding: gzip/deflate\n'

  test('a working day, in chunks', async () => {
    const body = '{"messages":[{"body":"work"}]}\n'
    expect(await send('POST /queues/q/messages', headers + json, chunked(body))).toBe(posted)
    expect(await send('GET /queues/q/messages/peek?n=2&timeout=0', headers)).toContain('"body":"work"')
    expect(await send('GET /queues/q/messages?n=1&timeout=0&wait=0', headers)).toBe(got('work'))
    const path = await aMessage()
    expect(await send(`POST ${path}/touch`, headers, chunked(''))).toBe(say('Touched'))
    expect(await send(`POST ${path}/release`, headers + json, chunked('{"delay":0}\n'))).toBe(say('Released'))
    expect(await send(`DELETE ${path}`, headers)).toBe(say('Deleted'))
    expect(await send('POST /queues/q/clear', headers, chunked(''))).toBe(say('Cleared'))
    expect(await send('GET /queues/none', headers)).toBe('404 Not Found {"msg":"Queue not found"}')
  })

  test('alerts with its spelling of keys, and null for none', async () => {
    const body = '{"alerts":[{"type":"fixed","Direction":"","Trigger":5,"Queue":"other"}]}\n'
    expect(await send('POST /queues/q/alerts', headers + json, chunked(body))).toBe(say('Updated'))
    expect(await send('PUT /queues/q/alerts', headers + json, chunked('{"alerts":null}\n'))).toBe(say('Updated'))
    expect(await send('DELETE /queues/q/alerts', headers)).toBe(say('Deleted'))
  })

  test('iron_mq_go knows its token only in the query, and 200 as the only success', async () => {
    const agent = 'User-Agent: Go-http-client/1.1\n'
    expect(
      await send('POST /queues/q/messages?oauth=TOKEN', agent + json, sized('{"messages":[{"body":"work"}]}')),
    ).toBe(posted)
    expect(await send('GET /queues/q/messages?oauth=TOKEN&n=1', agent)).toBe(got('work'))
    expect(await send('POST /queues/q/clear?oauth=TOKEN', agent, 'Content-Length: 0\n\n')).toBe(say('Cleared'))
    expect(await send('GET /queues/q?oauth=TOKEN', agent)).toContain('"size":0,"total_messages":1')
  })
})

describe('Java 0.0.20', () => {
  const headers = 'Authorization: OAuth TOKEN\nUser-Agent: IronMQ Java Client\nAccept: text/html, image/gif, *; q=.2\n'

  test('a working day', async () => {
    const body = '{"messages":[{"body":"work","timeout":0,"delay":0,"reserved_count":0}]}'
    expect(await send('POST /queues/q/messages', headers + json, sized(body))).toBe(posted)
    const path = await aMessage('never reserved')
    expect(await send(`POST ${path}/release`, headers + json, sized('{"delay":0}'))).toBe(say('Released'))
    expect(await send('GET /queues/q/messages?n=1&timeout=120', headers)).toBe(got('work', 120))
    expect(await send(`POST ${path}/touch`, headers + json, 'Content-Length: 0\n\n')).toBe(say('Touched'))
    expect(await send(`DELETE ${path}`, headers)).toBe(say('Deleted'))
    expect(await send('POST /queues/q/clear', headers + json, 'Content-Length: 0\n\n')).toBe(say('Cleared'))
    const update =
      '{"pushType":"unicast","retries":4,"retries_delay":30,"error_queue":"",' +
      '"subscribers":[{"url":"http://example.com/"}]}'
    expect(await send('POST /queues/q', headers + json, sized(update))).toContain(
      '"push_type":"multicast","retries":4,"retries_delay":30,"subscribers":[{"url":"http://example.com/"}]}',
    )
    expect(await send('GET /queues', headers)).toContain('"name":"q"}]')
  })
})

describe('.NET IronSharp 2', () => {
  const headers =
    'Authorization: OAuth TOKEN\nAccept: application/json\nAccept-Encoding: gzip, deflate\n' +
    'User-Agent: IronSharp/2.0\nContent-Type: application/json; charset=utf-8\n'

  test('the texts that it compares, and the type that it sends for pull queues', async () => {
    expect(await send('POST /queues/q', headers, sized('{"push_type":"push"}'))).not.toContain('push_type')
    expect(await send('POST /queues/q/messages', headers, sized('{"messages":[{"body":"work"}]}'))).toBe(posted)
    const path = await aMessage()
    expect(await send(`POST ${path}/touch`, headers, sized('{}'))).toBe(say('Touched'))
    expect(await send(`POST ${path}/release`, headers, sized('{"delay":0}'))).toBe(say('Released'))
    expect(await send(`DELETE ${path}`, headers)).toBe(say('Deleted'))
    expect(await send('DELETE /queues/q', headers)).toBe(say('Deleted.'))
  })
})

describe('Clojure iron_mq_clojure 1.0.3', () => {
  const headers = 'Content-Type: application/json\nAuthorization: OAuth TOKEN\nUser-Agent: IronMQ Clojure Client\n'

  test('every call is exactly 200', async () => {
    expect(await send('POST /queues/q/messages', headers, sized('{"messages":[{"body":"work"}]}'))).toBe(posted)
    expect(await send('GET /queues/q/messages?n=1', headers)).toBe(got('work'))
    expect(await send(`DELETE ${await aMessage()}`, headers)).toBe(say('Deleted'))
    expect(await send('GET /queues/q', headers)).toMatch(/^200 OK /)
    expect(await send('GET /queues', headers)).toMatch(/^200 OK \[/)
  })
})
