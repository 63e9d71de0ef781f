import { anOutage } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { openClient } from './client.ts'
import { startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

test('fault.3 a reserve that waits outlives an outage, up to its timeout', async () => {
  const { place } = await ours.open()
  const [waiting, patient, other] = [await openClient(place), await openClient(place), await openClient(place)]
  waiting.send('reserve\r\n')
  await transcript(place, ': waits')
  const outage = await anOutage(ours.database)
  patient.send('reserve-with-timeout 1\r\n')
  expect(await patient.line()).toBe('TIMED_OUT')
  other.send('put 0 0 60 1\r\nx\r\nstats\r\nreserve-with-timeout 0\r\n')
  expect([await other.line(), await other.line(), await other.line()]).toEqual([
    'OUT_OF_MEMORY',
    'INTERNAL_ERROR',
    'INTERNAL_ERROR',
  ])
  await outage.end()
  await expect
    .poll(async () => {
      other.send('put 0 0 60 1\r\ny\r\n')
      return other.line()
    })
    .toMatch(/^INSERTED/)
  expect((await waiting.reply()).body?.toString()).toBe('y')
  for (const client of [waiting, patient, other]) client.socket.destroy()
})
