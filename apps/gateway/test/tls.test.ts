import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { BadSettings } from '@weldmq/service-kit'
import { expect, test } from 'vitest'
import { aCertificate } from './certificate.ts'
import { aDatabase, aFolder, aGateway } from './gateway.ts'

const database = await aDatabase()
const certificate = await aCertificate()

test('with a certificate the gateway speaks HTTPS, and only that', async () => {
  const { url } = await aGateway(database, { tls: certificate })
  expect(url).toMatch(/^https:/)
  const status = await new Promise((resolve, reject) => {
    const sent = request(`${url}/healthz`, { ca: certificate.cert, agent: false }, (answer) =>
      resolve(answer.statusCode),
    )
    sent.on('error', reject).end()
  })
  expect(status).toBe(200)
  await expect(fetch(url.replace('https:', 'http:'))).rejects.toThrow('fetch failed')
})

test('files that are missing, or are no certificate and key, are refused by the name of the setting', async () => {
  const folder = await aFolder()
  const nonsense = join(folder, 'nonsense.pem')
  await writeFile(nonsense, 'nonsense')
  const { certFile, keyFile } = certificate
  const other = (await aCertificate()).keyFile
  const starting = (tls: { certFile: string; keyFile: string }) => aGateway(database, { tls })

  await expect(starting({ certFile: join(folder, 'missing'), keyFile })).rejects.toThrow(
    /^WELDMQ_TLS_CERT: cannot read .* \(ENOENT\)/,
  )
  await expect(starting({ certFile, keyFile: join(folder, 'missing') })).rejects.toThrow(/^WELDMQ_TLS_KEY: cannot read/)
  for (const tls of [
    { certFile: nonsense, keyFile },
    { certFile, keyFile: nonsense },
    { certFile, keyFile: other },
  ]) {
    await expect(starting(tls)).rejects.toThrow(/WELDMQ_TLS_CERT and WELDMQ_TLS_KEY are not/)
    await expect(starting(tls)).rejects.toThrow(BadSettings)
  }
})
