import { limits } from '../limits.ts'
import type { CreditState } from './stream.ts'

/**
 * The credit of one subscription, in messages and in bytes of bodies. Conserved: what was granted is what remains, what
 * is held and what was spent; the end of a reservation, whatever ended it, brings its credit back.
 */
export class Credit implements CreditState {
  count: number
  bytes: number
  held = 0
  heldBytes = 0

  constructor(count: number, bytes: number) {
    this.count = count
    this.bytes = bytes
  }

  grant({ count = 0, bytes = 0 }: { count?: number; bytes?: number }): void {
    this.set({ count: this.count + count, bytes: this.bytes + bytes })
  }

  /** What is held counts towards the most that a subscription may have. */
  set({ count = this.count, bytes = this.bytes }: { count?: number; bytes?: number }): void {
    this.count = Math.min(count, limits.stream.credit.max - this.held)
    this.bytes = Math.min(bytes, limits.stream.creditBytes.max - this.heldBytes)
  }

  /** For a message that is now held. */
  hold(bytes: number): void {
    this.spend(bytes)
    this.held++
    this.heldBytes += bytes
  }

  /** Its reservation has ended. */
  giveBack(bytes: number): void {
    this.held--
    this.heldBytes -= bytes
    this.refund(bytes)
  }

  /** For a message that is handed over for good. */
  spend(bytes: number): void {
    this.count--
    this.bytes -= bytes
  }

  /** What was spent on a message that was not handed over. */
  refund(bytes: number): void {
    this.count++
    this.bytes += bytes
  }
}
