import type { Delivery } from '../src/index.ts'

/** A delivery of `hello` with nothing special about it, changed as told. */
export const aDelivery = (changes: Partial<Delivery> = {}): Delivery => ({
  project: '5f1e00000000000000000001',
  queue: 'orders',
  messageId: 42,
  body: Buffer.from('hello'),
  subscriber: { name: 'billing', url: 'http://example.org/' },
  reservationId: 'reservation-1',
  deliveryId: '1000000000000000007',
  door: 'v3',
  timeoutSeconds: 10,
  ...changes,
})
