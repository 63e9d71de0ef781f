import { isUtf8 } from 'node:buffer'
import type { StreamMessage } from '@weldmq/queue-core'
import { bytesToText, textToBytes } from '@weldmq/service-kit'
import { toWireId } from '@weldmq/v3-wire'

/** The JSON of a frame: `type` first, `re` second where there is one. Keys that are undefined are left out. */
export const frame = (type: string, re: Re, fields: Record<string, unknown> = {}): string => {
  const rest = JSON.stringify(fields).slice(1)
  return `{"type":"${type}"${re === undefined ? '' : `,"re":${JSON.stringify(re)}`}${rest === '}' ? '' : ','}${rest}`
}

/** What the client called its frame; its reply says so. */
export type Re = string | number | undefined

/** The same moment is said of a whole batch, mostly. */
let lastMoment = 0
let lastText = ''

/** RFC 3339, in milliseconds, of a moment so many seconds from now. */
export function momentIn(seconds: number): string {
  const moment = Date.now() + Math.floor(seconds * 1000)
  if (moment !== lastMoment) {
    lastMoment = moment
    lastText = new Date(moment).toISOString()
  }
  return lastText
}

/** A message in the shape of v3, with `reserved_until` where it is reserved. Built by hand: this is said most of all. */
export function writeMessage({ id, body, reservedCount, reservationId, seconds }: StreamMessage): string {
  const held =
    reservationId === undefined ? '' : `,"reservation_id":"${reservationId}","reserved_until":"${momentIn(seconds)}"`
  return `{"id":"${toWireId(id)}",${writeBody(body)},"reserved_count":${reservedCount}${held}}`
}

/** Whatever was posted as text is text again; other bytes are base64 and say so, as in v3. */
function writeBody(bytes: Buffer): string {
  if (isUtf8(bytes)) return `"body":${JSON.stringify(bytes.toString())}`
  const text = bytesToText(bytes)
  if (textToBytes(text).equals(bytes)) return `"body":${JSON.stringify(text)}`
  return `"body":"${bytes.toString('base64')}","body_encoding":"base64"`
}
