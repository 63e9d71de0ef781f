import { isHttpLine } from './http-line.ts'
import { PUT_WORD, type PutLine, readPutLine } from './put-line.ts'

/** Contract section 2; the CRLF is in it. */
const MAX_LINE_BYTES = 224
/** Pieces up to this size are joined as they come, so that a client that sends single bytes does not cost a buffer each. */
const JOIN_BYTES = 4096
const CR = 13
const LF = 10

/** One complete request. Only `put` has a body, so only `put` is understood here. */
export type Request =
  | { kind: 'line'; line: string }
  | { kind: 'put'; put: PutLine; body: Buffer }
  /** Somebody speaks HTTP; what follows is nothing for us. */
  | { kind: 'http' }
  /** The line already decides; `counted` says that it still counts as a put. */
  | {
      kind: 'refused'
      word: 'BAD_FORMAT' | 'JOB_TOO_BIG' | 'EXPECTED_CRLF'
      counted: boolean
      /** The bytes of a body, or a part of them, are about to be read as commands. */
      outOfStep: boolean
    }

/**
 * Cuts a stream of bytes into requests, wherever the packets' borders are (contract, sections 1 and 2). Bytes come in
 * by `push` and are looked at only by `next`; what it does not need it does not keep: of a line that is too long and of
 * a body that is too big nothing is held, and the room for a body grows only as its bytes arrive.
 */
export class Parser {
  /** Bodies up to this size are taken. */
  maxBodyBytes: number
  /** Input that `next` has not looked at. */
  unreadBytes = 0

  #pieces: Buffer[] = []
  /** How much of the first piece is done. */
  #at = 0
  #put: PutLine | undefined
  #body: Body | undefined
  /** Of a body that is too big, its end included. */
  #toSwallow = 0
  /** Set while the end of a line is looked for that is too long already. */
  #overlong: Overlong | undefined

  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.unreadBytes += bytes.length
    const last = this.#pieces.at(-1)
    if (last === undefined || last.length + bytes.length > JOIN_BYTES) {
      this.#pieces.push(bytes)
      return
    }
    if (this.#pieces.length > 1) {
      this.#pieces[this.#pieces.length - 1] = Buffer.concat([last, bytes])
    } else {
      this.#pieces[0] = Buffer.concat([last.subarray(this.#at), bytes])
      this.#at = 0
    }
  }

  /** The next request that is complete; undefined until more bytes have come. */
  next(): Request | undefined {
    if (this.#toSwallow > 0) return this.#swallow()
    if (this.#put) return this.#takeBody(this.#put)
    const line = this.#takeLine()
    if (line === undefined) return undefined
    if (typeof line === 'string' ? isHttpLine(line) : line.isHttp) return { kind: 'http' }
    if (typeof line !== 'string') return badFormat(line.isPut)

    const isPut = line.startsWith(PUT_WORD)
    if (line.includes('\0') || line.includes('\r')) return badFormat(isPut) // contract 1.9 and A2
    return isPut ? this.#startPut(line) : { kind: 'line', line }
  }

  #startPut(line: string): Request | undefined {
    const put = readPutLine(line.slice(PUT_WORD.length))
    if (!put) return badFormat(true)
    if (put.bodyBytes > this.maxBodyBytes) {
      this.#toSwallow = put.bodyBytes + 2
      return this.#swallow()
    }
    if (put.trailing) return badFormat(true)
    this.#put = put
    return this.#takeBody(put)
  }

  #swallow(): Request | undefined {
    let piece = this.#pieces[0]
    while (piece !== undefined && this.#toSwallow > 0) {
      const count = Math.min(piece.length - this.#at, this.#toSwallow)
      this.#toSwallow -= count
      this.#consume(count)
      piece = this.#pieces[0]
    }
    if (this.#toSwallow > 0) return undefined
    return { kind: 'refused', word: 'JOB_TOO_BIG', counted: true, outOfStep: false }
  }

  #takeBody(put: PutLine): Request | undefined {
    const bytes = this.#takeBytes(put.bodyBytes + 2)
    if (!bytes) return undefined
    this.#put = undefined
    const end = put.bodyBytes
    if (bytes[end] !== CR || bytes[end + 1] !== LF) {
      return { kind: 'refused', word: 'EXPECTED_CRLF', counted: true, outOfStep: true }
    }
    return { kind: 'put', put, body: bytes.subarray(0, end) }
  }

  /** So many bytes once they have all come: as a view where they came in one piece. */
  #takeBytes(count: number): Buffer | undefined {
    const first = this.#pieces[0]
    if (!this.#body && first && first.length - this.#at >= count) {
      const view = first.subarray(this.#at, this.#at + count)
      this.#consume(count)
      return view
    }
    const body = (this.#body ??= new Body(count))
    for (let piece = this.#pieces[0]; piece !== undefined && body.missing > 0; piece = this.#pieces[0]) {
      this.#consume(body.add(piece.subarray(this.#at)))
    }
    if (body.missing > 0) return undefined
    this.#body = undefined
    return body.bytes
  }

  /** The next line without its CRLF; of one that is too long only what it was. */
  #takeLine(): string | Overlong | undefined {
    for (;;) {
      const piece = this.#pieces[0]
      if (!piece) return undefined
      const end = endOfLine(piece, this.#at)
      if (end !== undefined) {
        const overlong = this.#overlong
        this.#overlong = undefined
        const text = piece.toString('latin1', this.#at, Math.min(end, this.#at + MAX_LINE_BYTES))
        const tooLong = end + 2 - this.#at > MAX_LINE_BYTES
        this.#consume(end + 2 - this.#at)
        return (overlong ?? tooLong) ? (overlong ?? overlongFrom(text)) : text
      }
      if (!this.#dropOverlong(piece) && !this.#joinNext(piece)) return undefined
    }
  }

  /** Forgets what has come of a line that is too long, but a CR at its end: the LF may be the next byte. */
  #dropOverlong(piece: Buffer): boolean {
    const length = piece.length - this.#at
    if (!this.#overlong && length < MAX_LINE_BYTES) return false
    this.#overlong ??= overlongFrom(piece.toString('latin1', this.#at, this.#at + MAX_LINE_BYTES))
    const endsInCr = piece[piece.length - 1] === CR
    this.#consume(endsInCr ? length - 1 : length)
    return !endsInCr
  }

  /** Joins what is left of the first piece with the beginning of the next one; false when there is none. */
  #joinNext(first: Buffer): boolean {
    const second = this.#pieces[1]
    if (!second) return false
    const joined = Buffer.concat([first.subarray(this.#at), second.subarray(0, MAX_LINE_BYTES)])
    this.#pieces.splice(0, second.length > MAX_LINE_BYTES ? 1 : 2, joined)
    if (second.length > MAX_LINE_BYTES) this.#pieces[1] = second.subarray(MAX_LINE_BYTES)
    this.#at = 0
    return true
  }

  #consume(count: number): void {
    this.unreadBytes -= count
    this.#at += count
    if (this.#at < this.#pieces[0]!.length) return
    this.#pieces.shift()
    this.#at = 0
  }
}

/** A body that comes in pieces. */
class Body {
  bytes: Buffer
  #filled = 0
  readonly #size: number

  constructor(size: number) {
    this.#size = size
    this.bytes = Buffer.allocUnsafe(Math.min(size, JOIN_BYTES))
  }

  get missing(): number {
    return this.#size - this.#filled
  }

  /** Takes what it still misses; says how much that was. */
  add(piece: Buffer): number {
    const count = Math.min(piece.length, this.missing)
    if (this.#filled + count > this.bytes.length) {
      const room = Math.min(this.#size, Math.max(2 * this.bytes.length, this.#filled + count))
      const larger = Buffer.allocUnsafe(room)
      this.bytes.copy(larger, 0, 0, this.#filled)
      this.bytes = larger
    }
    piece.copy(this.bytes, this.#filled, 0, count)
    this.#filled += count
    return count
  }
}

type Overlong = { isPut: boolean; isHttp: boolean }

const overlongFrom = (beginning: string): Overlong => ({
  isPut: beginning.startsWith(PUT_WORD),
  isHttp: isHttpLine(beginning),
})

const badFormat = (isPut: boolean): Request => ({
  kind: 'refused',
  word: 'BAD_FORMAT',
  counted: false,
  outOfStep: isPut,
})

/** Where the next CRLF begins. An LF alone, or a CR alone, ends nothing (contract 1.8). */
function endOfLine(piece: Buffer, from: number): number | undefined {
  for (let at = piece.indexOf(LF, from + 1); at !== -1; at = piece.indexOf(LF, at + 1)) {
    if (piece[at - 1] === CR) return at - 1
  }
  return undefined
}
