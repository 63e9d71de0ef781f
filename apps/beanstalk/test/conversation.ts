import { openClient } from './client.ts'
import type { Place } from './servers.ts'

/** The first line of a reply without its end, and the bytes behind it where there are any. */
export type Reply = { line: string; body: Buffer | undefined }

/** One connection, one command after the other. */
export type Conversation = {
  send(bytes: Buffer | string): void
  /** The next reply, or `undefined` once the server has closed, which ends our side too. */
  reply(): Promise<Reply | undefined>
  /** One command that is answered with one reply. */
  ask(command: string): Promise<Reply>
  /** Whether something is here that nobody has asked for yet. */
  hasReply(): boolean
  /** Ends the sending half. */
  end(): void
  destroy(): void
}

export async function converse(place: Place): Promise<Conversation> {
  const client = await openClient(place)
  const { socket } = client
  socket.setNoDelay()

  async function reply(): Promise<Reply | undefined> {
    try {
      return await client.reply()
    } catch (fault) {
      if (!socket.readableEnded && !socket.destroyed) throw fault
      socket.destroy()
      return undefined
    }
  }

  return {
    send: (bytes) => client.send(bytes),
    reply,
    async ask(command) {
      client.send(`${command}\r\n`)
      const answer = await reply()
      if (!answer) throw new Error(`the server closed the connection instead of answering ${command}`)
      return answer
    },
    hasReply: () => client.unread() > 0,
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}
