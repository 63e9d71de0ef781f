import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Closes connections beyond a total, and beyond a number from one address, before a byte of them is read. */
export function limitConnections(server: Server, limits: { connections: number; connectionsPerAddress: number }): void {
  server.maxConnections = limits.connections
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    if (address === undefined) return // gone already
    const count = (open.get(address) ?? 0) + 1
    if (count > limits.connectionsPerAddress) {
      socket.destroy()
      return
    }
    open.set(address, count)
    socket.once('close', () => {
      const left = open.get(address)! - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
  })
}
