import { Unavailable } from '@weldmq/queue-core'
import { expect, test } from 'vitest'
import { openClient } from './client.ts'
import { startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

async function aToken(project: string, rights: { scopes?: ('produce' | 'consume' | 'manage')[] } = {}) {
  const token = await ours.core.createToken({ projects: [project], ...rights })
  if (!token.ok) throw new Error(JSON.stringify(token))
  return token.value
}

/** A put with that body, as a step of a transcript. */
const put = (body: string, who = '') => `${who}> put 65536 0 120 ${body.replaceAll('\\s', ' ').length}\n${who}> ${body}`

test('login.1 a listener with mode off inspects nothing', async () => {
  const { place, project } = await ours.open()
  const { secret } = await aToken(project)
  const text = `oauth ${secret} ${project}`
  await transcript(place, `${put(text)}\n< INSERTED {id}\n> peek {id}\n< FOUND {id} ${text.length}\n< ${text}`)
})

test('login.2 with mode required the first put logs in, and stores no job', async () => {
  const { place, project } = await ours.open({ listeners: [{ mode: 'required' }] })
  const { secret } = await aToken(project)
  await transcript(
    place,
    `
    ${put(`oauth   ${secret} ${project} \\s`)}
    < INSERTED 0
    > list-tube-used
    < USING default
    > peek-ready
    < NOT_FOUND
    > stats
    < OK
    < ---
    < current-jobs-urgent: 0
    < current-jobs-ready: 0
    < current-jobs-reserved: 0
    < current-jobs-delayed: 0
    < current-jobs-buried: 0
    < cmd-put: 0
    ${'< {_}\n'.repeat(45)}
    ${put(`oauth ${secret} ${project}`)}
    < INSERTED {id}
    > delete {id}
    < DELETED
    `,
  )
})

test('login.3 before that every request is DRAINING, and the third failure closes', async () => {
  const { place, project } = await ours.open({ listeners: [{ mode: 'required' }] })
  const { secret } = await aToken(project)
  const client = await openClient(place)
  const began = performance.now()
  client.send(`put 0 0 60 2000\r\n${'x'.repeat(2000)}\r\nstats\r\n`)
  expect(await client.line()).toBe('DRAINING')
  expect(await client.line()).toBe('DRAINING')
  expect(performance.now() - began).toBeGreaterThanOrEqual(990)
  client.send(`put 0 0 60 6\r\nsecret\r\nput 0 0 60 ${secret.length}\r\n${secret}\r\n`)
  expect(await client.line()).toBe('DRAINING')
  await client.closed()
  expect(ours.faults.join('')).not.toContain(secret)
})

test('login.3 quit closes before a login too', async () => {
  const { place } = await ours.open({ listeners: [{ mode: 'required' }] })
  await transcript(
    place,
    `
    > quitter
    : is closed
    `,
  )
})

test('login.4 a wrong token, a wrong project and no such project are all DRAINING', async () => {
  const { place, project } = await ours.open({ listeners: [{ mode: 'required' }] })
  const { secret } = await aToken(project)
  const other = await ours.newProject()
  await transcript(
    place,
    `
    ${put(`oauth ${secret}x ${project}`)}
    < DRAINING
    ${put(`oauth ${secret} ${other}`)}
    < DRAINING
    ${put(`oauth ${secret} ${project}`)}
    < INSERTED 0
    `,
  )
})

test('login.4 so is a token that cannot be checked', async () => {
  const { place } = await ours.open({
    listeners: [{ mode: 'required' }],
    core: (core) => ({ ...core, authorize: () => Promise.reject(new Unavailable('the database is away')) }),
  })
  await transcript(place, `${put('oauth token project')}\n< DRAINING`)
})

test('login.5 with mode optional a client is in the project of the listener at once', async () => {
  const { place, project } = await ours.open({ listeners: [{ mode: 'optional' }, { mode: 'off' }] })
  expect(project).toMatch(/^[0-9a-f]{24}$/)
  await transcript(
    place,
    `${put('oauth is a word')}\n< INSERTED {id}\n> reserve\n< RESERVED {id} 15\n< oauth is a word`,
  )
})

test('login.6 with mode optional the first put may log in elsewhere', async () => {
  const { places, project } = await ours.open({ listeners: [{ mode: 'optional' }, { mode: 'off' }] })
  const other = await ours.newProject()
  const { secret } = await aToken(other)
  await transcript(
    places[0]!,
    `
    ${put('oauth secret 5f1e')}
    < DRAINING
    ${put(`oauth ${secret} ${other}`)}
    < INSERTED 0
    > put 0 0 60 1
    > x
    < INSERTED {id}
    > peek {id}
    < FOUND {id} 1
    < x
    b> peek {id}
    b< NOT_FOUND
    b> peek-ready
    b< NOT_FOUND
    `,
  )
  expect(project).not.toBe(other)
  await transcript(places[1]!, '> peek-ready\n< NOT_FOUND')
})

test('login.7 what the token does not allow is INTERNAL_ERROR', async () => {
  const { place, project } = await ours.open({ listeners: [{ mode: 'required' }] })
  const producer = await aToken(project, { scopes: ['produce'] })
  const consumer = await aToken(project, { scopes: ['consume'] })
  await transcript(
    place,
    `
    ${put(`oauth ${producer.secret} ${project}`)}
    < INSERTED 0
    > put 0 0 60 1
    > x
    < INSERTED {id}
    > reserve
    < INTERNAL_ERROR
    > delete {id}
    < INTERNAL_ERROR
    > pause-tube default 1
    < INTERNAL_ERROR
    ${put(`oauth ${consumer.secret} ${project}`, 'b')}
    b< INSERTED 0
    b> reserve
    b< RESERVED {id} 1
    b< x
    b> put 0 0 60 1
    b> y
    b< INTERNAL_ERROR
    b> delete {id}
    b< DELETED
    `,
  )
})

test('login.8 other tenants do not see a job, whatever they ask', async () => {
  const { places } = await ours.open({ listeners: [{}, { project: await ours.newProject() }] })
  const [mine, theirs] = [await openClient(places[0]!), await openClient(places[1]!)]
  mine.send('put 0 0 60 1\r\nx\r\n')
  const id = (await mine.line()).split(' ')[1]!
  for (const word of ['peek', 'delete', 'stats-job', 'kick-job', 'reserve-job', 'touch']) {
    theirs.send(`${word} ${id}\r\n`)
    expect(await theirs.line()).toBe('NOT_FOUND')
  }
  theirs.send('list-tubes\r\nreserve-with-timeout 0\r\n')
  expect(await theirs.document()).toBe('---\n- default\n')
  expect(await theirs.line()).toBe('TIMED_OUT')
  mine.socket.destroy()
  theirs.socket.destroy()
})
