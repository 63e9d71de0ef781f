import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { banner } from '../src/banner.ts'
import { aDatabase, aFolder, aGateway } from './gateway.ts'

const databases = [await aDatabase(), await aDatabase(), await aDatabase(), await aDatabase()]
const unset = { projectId: undefined, token: undefined }

test('four gateways that start together on an empty database make one project and one token', async () => {
  const database = databases[0]
  const dataDir = await aFolder()
  const gateways = await Promise.all(Array.from({ length: 4 }, () => aGateway(database, { ...unset, dataDir })))

  const tokens = gateways.map(({ credentials }) => credentials.newToken).filter((token) => token !== undefined)
  expect(tokens).toHaveLength(1)
  const first = gateways.find(({ credentials }) => credentials.newToken)!
  const { projectId } = first.credentials
  for (const { send, credentials } of gateways) {
    expect(credentials.projectId).toBe(projectId)
    expect((await send('GET', '/1/projects', undefined, tokens[0])).json.projects).toMatchObject([{ id: projectId }])
    expect((await send('GET', '/1/tokens', undefined, tokens[0])).json.tokens).toHaveLength(1)
  }

  // In the shape that every published client reads (auth-and-projects, section 4.4).
  const file = join(dataDir, 'iron.json')
  const place = { host: '127.0.0.1', port: Number(new URL(first.url).port), scheme: 'http', protocol: 'http' }
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    project_id: projectId,
    token: tokens[0],
    ...place,
    iron_mq: place,
  })
  expect((await stat(file)).mode & 0o777).toBe(0o600)

  // Shown once, and nowhere in the log (promise I35).
  expect(banner(first, first.config)).toContain(tokens[0])
  for (const gateway of gateways) expect(gateway.logged()).not.toContain(tokens[0])
  const later = await aGateway(database, { ...unset, dataDir })
  expect(later.credentials).toEqual({ projectId, newToken: undefined, tokenGiven: false, ironFile: file })
  expect(banner(later, later.config)).not.toContain(tokens[0])
  expect(banner(later, later.config)).toContain(`in ${file}`)
})

test('an older iron.json is never written over: it may hold the only copy of a token', async () => {
  const dataDir = await aFolder()
  const old = join(dataDir, 'iron.json')
  await writeFile(old, '{"token":"of another database"}')
  const { credentials } = await aGateway(databases[1], { ...unset, dataDir })
  expect(await readFile(old, 'utf8')).toBe('{"token":"of another database"}')
  expect(credentials.ironFile).not.toBe(old)
  expect(JSON.parse(await readFile(credentials.ironFile!, 'utf8'))).toMatchObject({ token: credentials.newToken })
})

test('a data folder that cannot be written to does not stop a gateway on a given database', async () => {
  const file = join(await aFolder(), 'file')
  await writeFile(file, '')
  const { credentials, logged } = await aGateway(databases[2], { ...unset, dataDir: join(file, 'below') })
  expect(credentials).toMatchObject({ newToken: expect.stringMatching(/^weld_/), ironFile: undefined })
  expect(logged()).toContain('only printed')
})

test('given values are taken at the first start, and said to be without effect at later ones', async () => {
  const database = databases[3]
  const { send, credentials, config } = await aGateway(database)
  expect(credentials).toEqual({
    projectId: config.projectId,
    newToken: undefined,
    tokenGiven: true,
    ironFile: undefined,
  })
  expect((await send('GET', `/1/authentication?project_id=${config.projectId}`)).status).toBe(200)

  const changed = await aGateway(database, {
    projectId: 'ffffffffffffffffffffffff',
    token: 'another-token-than-before',
  })
  expect(changed.credentials).toMatchObject({ projectId: config.projectId, tokenGiven: false })
  expect(changed.logged()).toContain('WELDMQ_TOKEN is not an admin token')
  expect(changed.logged()).toContain('WELDMQ_PROJECT_ID is not a project')
  expect((await changed.send('GET', '/1/projects', undefined, 'another-token-than-before')).status).toBe(401)
})
