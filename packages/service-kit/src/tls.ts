import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { z } from 'zod'
import { BadSettings } from './config.ts'

export type Tls = { cert: Buffer; key: Buffer }
export type TlsFiles = { certFile: string; keyFile: string }

const file = z.string().min(1)

/** The settings of every program that listens, for its schema; to be seen through by `checkTlsSettings`. */
export const tlsSettings = { WELDMQ_TLS_CERT: file.optional(), WELDMQ_TLS_KEY: file.optional() }
type TlsSettings = { WELDMQ_TLS_CERT?: string | undefined; WELDMQ_TLS_KEY?: string | undefined }

/** A `superRefine`: either is nothing without the other. */
export function checkTlsSettings(settings: TlsSettings, context: z.RefinementCtx): void {
  const [cert, key] = ['WELDMQ_TLS_CERT', 'WELDMQ_TLS_KEY'] as const
  if (!settings[cert] === !settings[key]) return
  const missing = settings[cert] ? key : cert
  context.addIssue({ code: 'custom', path: [missing], message: 'must be set too, since the other one of the two is' })
}

/** What those settings come to; undefined means that nothing is encrypted. */
export const toTlsFiles = ({ WELDMQ_TLS_CERT: cert, WELDMQ_TLS_KEY: key }: TlsSettings): TlsFiles | undefined =>
  cert && key ? { certFile: cert, keyFile: key } : undefined

/** The certificate and key, seen to fit together; throws `BadSettings` naming the setting, never what is in the files. */
export async function readTls(files: TlsFiles): Promise<Tls> {
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
