import { connect } from 'node:net'

export type BeanstalkConnection = {
  /**
   * Sends a command and answers with the words of the reply's first line; rejects when the first word is none of those
   * expected. Any number may be under way; they are answered in order.
   */
  ask(command: string, expected: string[]): Promise<string[]>
  close(): void
}

type Waiting = { expected: string[]; resolve(words: string[]): void; reject(fault: Error): void }

/** As much of the protocol as a load needs; commands of one turn of the event loop are written together. */
export async function connectBeanstalk(host: string, port: number): Promise<BeanstalkConnection> {
  const waiting: Waiting[] = []
  let received = ''

  const socket = connect({ host, port, noDelay: true })
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    let from = 0
    for (let reply = replyAt(received, from); reply; reply = replyAt(received, from)) {
      from = reply.end
      const asked = waiting.shift()!
      if (asked.expected.includes(reply.words[0]!)) asked.resolve(reply.words)
      else asked.reject(new Error(`beanstalkd answered ${reply.words.join(' ')}, not ${asked.expected.join(' or ')}`))
    }
    received = received.slice(from)
  })
  const fail = (fault: Error) => {
    for (const { reject } of waiting.splice(0)) reject(fault)
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('beanstalkd closed the connection.')))

  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return {
    ask: (command, expected) =>
      new Promise((resolve, reject) => {
        if (waiting.push({ expected, resolve, reject }) === 1) {
          socket.cork()
          process.nextTick(() => socket.uncork())
        }
        socket.write(command, 'latin1')
      }),
    close: () => socket.destroy(),
  }
}

/** Undefined while part of it is still to come. */
function replyAt(text: string, from: number): { words: string[]; end: number } | undefined {
  const lineEnd = text.indexOf('\r\n', from)
  if (lineEnd === -1) return undefined
  const words = text.slice(from, lineEnd).split(' ')
  // RESERVED <id> <bytes>, and so many bytes after it
  const end = words[0] === 'RESERVED' ? lineEnd + 2 + Number(words[2]) + 2 : lineEnd + 2
  return text.length < end ? undefined : { words, end }
}
