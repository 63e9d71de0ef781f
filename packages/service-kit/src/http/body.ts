import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { HttpRefusal } from './http-refusal.ts'
import { nestingProblem } from './nesting.ts'

const empty = Buffer.alloc(0)

/** Below this size `JSON.parse` is quick whatever the text is; above it the structure is looked at first. */
const smallBytes = 16_384

/**
 * The bytes of the request body, straight from the socket and counted while they come: refused with 413 beyond
 * `limitBytes`, with 415 when they are compressed (contract v3 H18). What is left of a refused body is thrown away.
 */
export function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = incoming.headers['content-encoding']
  if (encoding !== undefined && !['', 'identity'].includes(encoding.trim().toLowerCase())) {
    throw new HttpRefusal(415, 'Content-Encoding must be absent or identity')
  }
  const length = incoming.headers['content-length']
  if (length === undefined ? incoming.headers['transfer-encoding'] === undefined : length === '0') {
    return Promise.resolve(empty)
  }
  if (length !== undefined && Number(length) > limitBytes) throw tooLarge()

  return new Promise((resolve, reject) => {
    let first: Buffer | undefined
    let rest: Buffer[] | undefined
    let size = 0
    const settle = () => {
      incoming.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limitBytes) {
        settle()
        incoming.resume()
        reject(tooLarge())
      } else if (first === undefined) first = chunk
      else (rest ??= [first]).push(chunk)
    }
    const onEnd = () => {
      settle()
      resolve(rest === undefined ? (first ?? empty) : Buffer.concat(rest, size))
    }
    const onGone = () => {
      settle()
      reject(new HttpRefusal(400, 'The request ended before its body was complete'))
    }
    incoming.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
    if (incoming.destroyed && !incoming.readableEnded) onGone()
  })
}

/**
 * The request body as a JSON object; nothing at all or only white space is `{}` (contract v3 H9). The content type is
 * not looked at (H6). Refused with 400: invalid UTF-8, malformed JSON, too much structure, anything but an object (H10).
 */
export async function readJson(incoming: IncomingMessage, limitBytes: number): Promise<Record<string, unknown>> {
  return parseJson(await readBody(incoming, limitBytes))
}

function parseJson(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {}
  if (!isUtf8(body)) throw new HttpRefusal(400, 'Request body is not valid UTF-8')
  if (body.length > smallBytes) {
    const problem = nestingProblem(body)
    if (problem !== undefined) throw new HttpRefusal(400, `Request body ${problem}`)
  }
  const text = body.toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    if (text.trim() === '') return {}
    throw new HttpRefusal(400, 'Request body is not valid JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpRefusal(400, 'Request body must be a JSON object')
  }
  return value as Record<string, unknown>
}

const tooLarge = () => new HttpRefusal(413, 'Request body too large')
