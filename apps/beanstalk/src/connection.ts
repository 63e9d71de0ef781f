import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Client, closeClient, countCommand, markProducer } from './client.ts'
import { type Command } from './commands/command.ts'
import { type Put, putAll } from './commands/put.ts'
import { findCommand } from './commands/table.ts'
import type { Admission, Gate } from './gate.ts'
import { type Login, MAX_LOGIN_BYTES } from './login.ts'
import { Parser, type Request } from './parser.ts'
import { type Reply, encodeWithBody } from './reply.ts'

/** A request in our protocol. */
type Known = Exclude<Request, { kind: 'http' }>

/** Input held while a command is under way; then reading stops (contract section 2). */
const HELD_BYTES = 64 * 1024
/**
 * A socket that is not read does not say that its client has gone. So beyond that a piece is read now and then, until so
 * much is held; a client that sends even more behind a blocked reserve is missed only when that reserve ends.
 */
const HELD_BYTES_AT_MOST = 1024 * 1024
const LOOK_MILLISECONDS = 1000
/** Work that is sent ahead and may share a statement does so up to these sizes. */
const TOGETHER = { requests: 1000, bodyBytes: 1024 * 1024 }
/** A client that has been told goodbye may take its time to read that; then the socket is closed hard. */
const LINGER_MILLISECONDS = 5000

export type ConnectionOptions = {
  socket: Socket
  gate: Gate
  /** For a login to succeed; undefined where none is required. */
  loginMilliseconds: number | undefined
  strict: boolean
  maxJobBytes: number
  admit(admission: Admission, inputEnded: boolean): Client
  onFault(fault: unknown, command: string): void
  /** Somebody spoke HTTP, and is closed for that. */
  onHttp(): void
  /** For metrics: well-formed commands by name. */
  onCommand(name: string, count?: number): void
  onEnd(): void
}

/**
 * One TCP connection: takes requests off its parser strictly one after the other and answers in their order (contract
 * sections 1 and 9). Requests that came together and commute are under way together; a reply never leaves before what
 * it says has happened.
 */
export class Connection {
  /** How it logged in; undefined until it has, or where it did not have to. */
  login: Login | undefined

  readonly #options: ConnectionOptions
  readonly #socket: Socket
  readonly #parser: Parser
  #client: Client | undefined
  /** Nothing it says from now on can be a login. */
  #isKnown: boolean
  /** Taken off the parser but not answered yet. */
  #ahead: Request | undefined
  /** Lines of replies that have not been written yet. */
  #lines = ''
  /** A request is being answered. */
  #busy = false
  #inputEnded = false
  /** Nothing more will be answered. */
  #over = false
  #left = false
  #stopping = false
  /** The command under way only waited, and the server stops: its reply would be about nothing that happened. */
  #silent = false
  #loginTimer: NodeJS.Timeout | undefined
  #lookTimer: NodeJS.Timeout | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    const socket = (this.#socket = options.socket)
    const { loginMilliseconds, maxJobBytes } = options
    this.#parser = new Parser(loginMilliseconds === undefined ? maxJobBytes : MAX_LOGIN_BYTES)
    if (loginMilliseconds !== undefined) this.#loginTimer = setTimeout(() => socket.destroy(), loginMilliseconds)

    const { withoutLogin, looksForLogin } = options.gate
    if (withoutLogin) this.#client = options.admit(withoutLogin, false)
    this.#isKnown = withoutLogin !== undefined && !looksForLogin

    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('end', () => this.#onInputEnd())
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => this.#onClose())
  }

  /** Closes it as if its client were gone. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Answers the command under way, unless that only waits, and closes. */
  stop(): void {
    this.#over = true
    this.#stopping = true
    this.#silent = this.#client?.wait !== undefined
    this.#client?.wait?.abort()
    if (!this.#busy) this.#leave()
  }

  #read(bytes: Buffer): void {
    if (this.#over) return // for a client that still sends after its goodbye
    this.#parser.push(bytes)
    if (!this.#busy) void this.#answerAll()
    else if (this.#parser.unreadBytes > HELD_BYTES) this.#stopReading()
  }

  #stopReading(): void {
    this.#socket.pause()
    if (this.#lookTimer || this.#parser.unreadBytes > HELD_BYTES_AT_MOST) return
    this.#lookTimer = setTimeout(() => {
      this.#lookTimer = undefined
      this.#socket.resume()
    }, LOOK_MILLISECONDS)
  }

  /** The client has closed its half: what it sent is still answered, but nothing waits any more (contract 9.3). */
  #onInputEnd(): void {
    this.#inputEnded = true
    if (this.#client) this.#client.inputEnded = true
    this.#client?.wait?.abort()
    if (!this.#busy) this.#leave()
  }

  #onClose(): void {
    this.#over = true
    this.#client?.wait?.abort()
    if (!this.#busy) this.#leave()
  }

  #take(): Request | undefined {
    if (this.#over) return undefined
    const request = this.#ahead ?? this.#parser.next()
    this.#ahead = undefined
    return request
  }

  /** Answers what is complete. Everything that can go wrong for one client ends here, with that client. */
  async #answerAll(): Promise<void> {
    this.#busy = true
    try {
      for (let request = this.#take(); request !== undefined; request = this.#take()) {
        if (request.kind === 'http') this.#refuseHttp()
        else if (this.#client && this.#isKnown) await this.#answer(this.#client, request)
        else await this.#meet(request)
        if (this.#socket.isPaused() && this.#parser.unreadBytes <= HELD_BYTES) this.#socket.resume()
        if (this.#socket.writableNeedDrain && !this.#socket.destroyed) await this.#drained()
      }
      this.#flush()
    } catch (fault) {
      this.#options.onFault(fault, 'connection')
      this.#socket.destroy()
    }
    this.#busy = false
    if (this.#over || this.#inputEnded) this.#leave()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** Strangers are told nothing, not even that. */
  #refuseHttp(): void {
    this.#over = true
    if (this.#client) this.#send('UNKNOWN_COMMAND')
    this.#options.onHttp()
  }

  /** A request of somebody who is not known yet. */
  async #meet(request: Known): Promise<void> {
    if (this.#isQuit(request)) return
    const verdict = await this.#options.gate.judge(request)
    if (verdict.kind === 'refused') {
      this.#send('DRAINING')
      this.#flush()
      if (verdict.last) this.#over = true
      this.#closeIfOutOfStep(request)
      return
    }
    clearTimeout(this.#loginTimer)
    this.#parser.maxBodyBytes = this.#options.maxJobBytes
    this.#isKnown = true
    if (verdict.kind === 'passed') {
      await this.#answer(this.#client!, request)
      return
    }
    const stranger = this.#client
    this.#client = undefined
    if (stranger) await closeClient(stranger)
    this.login = verdict.admission.login
    this.#client = this.#options.admit(verdict.admission, this.#inputEnded)
    this.#send('INSERTED 0')
  }

  /** Returns a promise only where something has to be waited for. */
  #answer(client: Client, request: Known): Promise<void> | undefined {
    switch (request.kind) {
      case 'refused':
        if (request.counted) countCommand(client, 'put')
        if (request.word === 'EXPECTED_CRLF') markProducer(client) // its line was taken, as the reference sees it
        this.#send(request.word)
        this.#closeIfOutOfStep(request)
        return undefined
      case 'put':
        return this.#sendAll(putAll(client, this.#putsFrom(request)))
      case 'line': {
        if (this.#isQuit(request)) return undefined
        const command = findCommand(request.line)
        if (typeof command === 'string') {
          this.#send(command)
          return undefined
        }
        if (command.sharesBy !== undefined) return this.#sendAll(this.#runTogether(client, command))
        const reply = this.#run(client, command)
        if (reply instanceof Promise) return this.#sendAll(reply)
        this.#send(reply)
      }
    }
    return undefined
  }

  #isQuit(request: Request): boolean {
    const isQuit = request.kind === 'line' && findCommand(request.line) === 'quit'
    if (isQuit) this.#over = true
    return isQuit
  }

  #closeIfOutOfStep(request: Request): void {
    if (this.#options.strict && request.kind === 'refused' && request.outOfStep) this.#over = true
  }

  /** That put and those behind it that have come already. */
  #putsFrom(first: Put): Put[] {
    const puts = [first]
    let bodyBytes = first.body.length
    while (puts.length < TOGETHER.requests && bodyBytes < TOGETHER.bodyBytes) {
      const next = this.#parser.next()
      if (next?.kind !== 'put') {
        this.#ahead = next
        break
      }
      puts.push(next)
      bodyBytes += next.body.length
    }
    this.#options.onCommand('put', puts.length)
    return puts
  }

  /** Starts that command and those behind it that may overlap with it; each about another job. */
  #runTogether(client: Client, first: Command): Promise<Reply[]> {
    const jobs = new Set([first.sharesBy])
    const replies = [Promise.resolve(this.#run(client, first))]
    while (replies.length < TOGETHER.requests) {
      const next = this.#parser.next()
      const command = next?.kind === 'line' ? findCommand(next.line) : undefined
      const job = typeof command === 'object' ? command.sharesBy : undefined
      if (typeof command !== 'object' || job === undefined || jobs.has(job)) {
        this.#ahead = next
        break
      }
      jobs.add(job)
      replies.push(Promise.resolve(this.#run(client, command)))
    }
    return Promise.all(replies)
  }

  #run(client: Client, command: Command): Reply | Promise<Reply> {
    const { counts, scope, name } = command
    if (counts) countCommand(client, counts)
    this.#options.onCommand(name)
    if (scope && !client.scopes.has(scope)) return 'INTERNAL_ERROR'
    const failed = (fault: unknown): Reply => {
      client.onFault(fault, name)
      return 'INTERNAL_ERROR'
    }
    try {
      const reply = command.run(client)
      return reply instanceof Promise ? reply.catch(failed) : reply
    } catch (fault) {
      return failed(fault)
    }
  }

  async #sendAll(replies: Promise<Reply | Reply[]>): Promise<void> {
    this.#flush() // nobody waits for a reply because of a later command
    const all = await replies
    if (this.#silent) return
    for (const reply of Array.isArray(all) ? all : [all]) this.#send(reply)
  }

  /** Lines are collected; a reply with a body takes them along and is the last one in its write (contract 1.11). */
  #send(reply: Reply): void {
    if (typeof reply === 'string') {
      this.#lines += `${reply}\r\n`
      return
    }
    const bytes = encodeWithBody(this.#lines, reply)
    this.#lines = ''
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  #flush(): void {
    if (this.#lines !== '' && this.#socket.writable) this.#socket.write(this.#lines, 'latin1')
    this.#lines = ''
  }

  /** A client that does not read its replies is not given more of them. */
  async #drained(): Promise<void> {
    const gone = new AbortController()
    const onClose = () => gone.abort()
    this.#socket.once('close', onClose)
    await once(this.#socket, 'drain', { signal: gone.signal }).catch(() => {})
    this.#socket.off('close', onClose)
  }

  /** Gives back what the client holds, then closes its connection. */
  #leave(): void {
    if (this.#left) return
    this.#left = this.#over = true
    clearTimeout(this.#loginTimer)
    clearTimeout(this.#lookTimer)
    const hard = setTimeout(() => this.#socket.destroy(), LINGER_MILLISECONDS)
    this.#socket.once('close', () => clearTimeout(hard))
    if (this.#socket.closed) clearTimeout(hard)
    void this.#goodbye()
  }

  async #goodbye(): Promise<void> {
    try {
      const stranger = this.#client
      this.#client = undefined
      if (stranger) await closeClient(stranger)
    } catch (fault) {
      this.#options.onFault(fault, 'close')
    }
    this.#options.onEnd()
    // What the client sends after this is read and dropped: closing over unread bytes would cut off our last replies.
    this.#socket.resume()
    if (this.#stopping) this.#socket.destroySoon()
    else this.#socket.end()
  }
}
