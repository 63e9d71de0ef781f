import { expect, onTestFinished, test, vi } from 'vitest'
import { aLink } from '../../test/a-link.ts'
import { WeldmqError } from '../weldmq-error.ts'
import { type KeepLinkSettings, keepLink } from './keep-link.ts'
import type { Link } from './link.ts'
import type { SocketEnd } from './socket.ts'

function aKept({ renews = false } = {}) {
  const opening: { resolve(link: Link): void; reject(error: unknown): void }[] = []
  const on = {
    up: vi.fn<KeepLinkSettings['up']>(),
    down: vi.fn<KeepLinkSettings['down']>(),
    unopened: vi.fn<KeepLinkSettings['unopened']>(),
    failed: vi.fn<KeepLinkSettings['failed']>(),
  }
  const open = () => new Promise<Link>((resolve, reject) => opening.push({ resolve, reject }))
  const kept = keepLink({ open, renews, ...on })
  onTestFinished(() => kept.stop())
  return { kept, opening, ...on }
}

/** A connection that is there until `end` is called. */
function anOpenLink() {
  let end!: (how: SocketEnd) => void
  const ended = new Promise<SocketEnd>((resolve) => (end = resolve))
  const close = vi.fn<() => void>(() => end({ code: 1000, reason: '' }))
  return { link: { ...aLink().link, close, ended }, end, close }
}

test('one that opens after the end was asked for is closed, and nobody is told of it', async () => {
  const { kept, opening, up } = aKept()
  await kept.stop()
  const { link, close } = anOpenLink()
  opening[0]!.resolve(link)
  await vi.waitFor(() => expect(close).toHaveBeenCalledOnce())
  expect(up).not.toHaveBeenCalled()
})

const refused = { code: 4401, reason: 'the token is no longer valid' }

test('credentials that ended are the end, unless there may be new ones', async () => {
  const fixed = aKept()
  const one = anOpenLink()
  fixed.opening[0]!.resolve(one.link)
  await vi.waitFor(() => expect(fixed.up).toHaveBeenCalled())
  one.end(refused)
  await vi.waitFor(() => expect(fixed.failed).toHaveBeenCalledOnce())

  const renewing = aKept({ renews: true })
  const other = anOpenLink()
  renewing.opening[0]!.resolve(other.link)
  await vi.waitFor(() => expect(renewing.up).toHaveBeenCalled())
  other.end(refused)
  await vi.waitFor(() => expect(renewing.opening).toHaveLength(2))
  expect(renewing.failed).not.toHaveBeenCalled()
  // New ones that are refused are no better.
  renewing.opening[1]!.reject(new WeldmqError('wrong credentials', { status: 4401 }))
  await vi.waitFor(() => expect(renewing.failed).toHaveBeenCalledOnce())
})
