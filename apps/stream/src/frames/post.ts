import type { NewMessage } from '@weldmq/queue-core'
import { textToBytes } from '@weldmq/service-kit'
import { PostBody, isPlainPost, toWireId } from '@weldmq/v3-wire'
import { problemOfRefusal } from '../refusals.ts'
import { frame } from '../write-frame.ts'
import { type Handler, may, read } from './handler.ts'

/** Stores all messages or none; answered after the commit. */
export const post: Handler = async (connection, sent, re) => {
  const { queue, key, messages } = sent
  const fail = (code: string, msg: string, temporary = false) => connection.fail(re, { code, msg, temporary })
  if (typeof queue !== 'string') return fail('invalid', 'queue must be a string')
  if (key !== undefined && typeof key !== 'string') return fail('invalid', 'key must be a string')
  if (!may(connection, re, 'produce', queue)) return
  const plain = { messages }
  const asked = isPlainPost(plain) ? plain : read(connection, { type: 'post', messages }, re, PostBody)
  if (!asked) return

  const { limits, maxBodyBytes } = connection.shared
  if (connection.posts.inFlight >= limits.postsInFlight) {
    return fail('window_full', `At most ${limits.postsInFlight} posts may be unanswered`, true)
  }
  const posted: NewMessage[] = []
  for (const { body, body_encoding: encoding, delay, priority, push_headers: pushHeaders } of asked.messages) {
    const bytes = encoding === undefined ? textToBytes(body) : Buffer.from(body, 'base64')
    if (encoding !== undefined && bytes.toString('base64') !== body) {
      return fail('invalid', `messages[${posted.length}].body must be base64, as its body_encoding says`)
    }
    if (bytes.length > maxBodyBytes) {
      return fail('too_large', `messages[${posted.length}].body must be at most ${maxBodyBytes} bytes`)
    }
    const message: NewMessage = { body: bytes }
    if (delay !== undefined) message.delaySeconds = delay
    if (priority !== undefined) message.priority = priority
    if (pushHeaders !== undefined) message.pushHeaders = pushHeaders
    posted.push(message)
  }
  const result = await connection.posts.post({ queue, messages: posted, key })
  if (result.ok) connection.send(frame('posted', re, { ids: result.value.map(toWireId) }))
  else connection.fail(re, problemOfRefusal(result.refusal))
}
