// The same requests by undici alone, in a process of its own: what a sender could do at most.
import { Pool } from 'undici'
import { answerParent } from '../load/answer-parent.ts'
import type { ToUndici } from './push-messages.ts'

const body = Buffer.alloc(100, 'x')
const headers = {
  'User-Agent': 'IronMQ Pusherd',
  'Content-Type': 'text/plain; encoding=utf-8',
  'Iron-Message-Id': '1000000000000000001',
}

answerParent(obey)

async function obey(said: ToUndici): Promise<number> {
  if (said.kind !== 'send') return 0
  const pool = new Pool(said.url, { connections: said.atOnce })
  let left = said.count
  const began = performance.now()
  await Promise.all(
    Array.from({ length: said.atOnce }, async () => {
      while (left-- > 0) {
        const answer = await pool.request({ method: 'POST', path: '/', headers, body })
        await answer.body.dump()
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  await pool.destroy()
  return said.count / seconds
}
