// A client of its own process, which holds messages until it is killed.
import { WebSocket } from 'ws'

const [url, token] = process.argv.slice(2)
const socket = new WebSocket(url, 'weldmq.v1.json', { headers: { Authorization: `OAuth ${token}` } })
let held = 0
socket.addEventListener('message', ({ data }) => {
  const frame = JSON.parse(data)
  if (frame.type === 'welcome') {
    socket.send(JSON.stringify({ type: 'subscribe', sub: 's', queue: 'q', credit: 2, timeout: 86_400 }))
  }
  if (frame.type === 'messages') held += frame.messages.length
  if (held === 2) process.send('holding')
})
