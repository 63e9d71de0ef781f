import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { BadSettings } from '@weldmq/service-kit'

export type Tls = { cert: Buffer; key: Buffer }

/** The certificate and key, seen to fit together; throws `BadSettings` naming the setting, never what is in the files. */
export async function readTls(files: { certFile: string; keyFile: string }): Promise<Tls> {
  const cert = await read('WELDMQ_TLS_CERT', files.certFile)
  const key = await read('WELDMQ_TLS_KEY', files.keyFile)
  try {
    createSecureContext({ cert, key })
  } catch (fault) {
    const { code = 'not in PEM' } = fault as { code?: string }
    throw new BadSettings(`WELDMQ_TLS_CERT and WELDMQ_TLS_KEY are not a certificate and its key in PEM (${code})`)
  }
  return { cert, key }
}

async function read(setting: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (fault) {
    throw new BadSettings(`${setting}: cannot read ${file} (${(fault as NodeJS.ErrnoException).code})`)
  }
}
