import { type Client, markProducer } from '../client.ts'
import type { PutLine } from '../put-line.ts'
import type { Reply } from '../reply.ts'
import { words } from '../refusals.ts'

export type Put = { put: PutLine; body: Buffer }

/**
 * `put PRI DELAY TTR BYTES` and its body: one or several that came one behind the other, stored together. One reply
 * each; every one of them only once its job is stored.
 */
export async function putAll(client: Client, puts: Put[]): Promise<Reply[]> {
  client.counts.commands.put += puts.length
  markProducer(client)
  if (client.facts.draining) return puts.map(() => 'DRAINING')
  if (!client.scopes.has('produce')) return puts.map(() => 'INTERNAL_ERROR')
  try {
    const result = await client.session.post(
      puts.map(({ put: { priority, delaySeconds, timeoutSeconds }, body }) => ({
        body,
        priority,
        delaySeconds,
        timeoutSeconds,
      })),
    )
    if (result.ok) return result.value.map((id) => `INSERTED ${id}`)
    // One of them was refused, and so none was stored: each is to have its own answer.
    if (puts.length > 1) return await oneByOne(client, puts)
    return [words[result.refusal.kind]]
  } catch (fault) {
    client.onFault(fault, 'put')
    return puts.map(() => 'OUT_OF_MEMORY')
  }
}

async function oneByOne(client: Client, puts: Put[]): Promise<Reply[]> {
  client.counts.commands.put -= puts.length // each is counted again
  const replies: Reply[] = []
  for (const put of puts) replies.push(...(await putAll(client, [put])))
  return replies
}
