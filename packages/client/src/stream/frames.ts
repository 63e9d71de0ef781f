// The frames of `weldmq.v1.json` that this side sends and understands, as they go over the wire.

export type WireMessage = {
  id: string
  body: string
  body_encoding?: 'base64'
  reserved_count: number
  reservation_id: string
  reserved_until: string
}

export type WireRef = { id: string; reservation_id: string }

export type WirePost = {
  body: string
  body_encoding?: 'base64' | undefined
  delay?: number
  priority?: number
  push_headers?: Record<string, string>
}

/** A frame that is answered by one with its `id` as `re`. */
export type Question =
  | {
      type: 'subscribe'
      sub: string
      queue: string
      credit: number
      credit_bytes?: number | undefined
      timeout?: number | undefined
      batch?: number
      mode?: 'consume' | 'tail'
    }
  | { type: 'delete' | 'bury'; queue: string; ids: WireRef[] }
  | { type: 'release'; queue: string; ids: WireRef[]; delay: number }
  | { type: 'touch'; queue: string; ids: WireRef[]; timeout?: number }
  | { type: 'post'; queue: string; messages: WirePost[]; key?: string }

/** A frame that is not. */
export type Statement =
  | { type: 'hello'; token?: string; ticket?: string }
  | { type: 'credit'; sub: string; add: number; set_bytes: number }
  | { type: 'unsubscribe'; sub: string; drain: boolean }
  | { type: 'ping' | 'pong'; t: unknown }

export type Limits = {
  frame_bytes: number
  credit: number
  credit_bytes: number
  subscriptions: number
  posts_in_flight: number
}

export type ErrorFrame = {
  type: 'error'
  re?: string | number
  sub?: string
  code: string
  msg: string
  temporary: boolean
  retry_after?: number
  /** Which of the ids failed, and why each; the others are done. */
  ids?: { id: string; code: string }[]
  /** The fresh reservations of those that were touched all the same. */
  touched?: WireRef[]
}

export type ServerFrame =
  | { type: 'welcome'; connection: string; heartbeat: number; limits: Limits }
  | { type: 'subscribed'; re: number; sub: string; credit: number; timeout?: number }
  | { type: 'messages'; sub: string; messages: WireMessage[]; skipped?: number }
  | { type: 'lost'; sub: string; ids: string[]; why: 'lapsed' | 'deleted' | 'cleared' | 'queue_deleted' }
  | { type: 'posted'; re: number; ids: string[] }
  | { type: 'unsubscribed'; re?: number; sub: string }
  | { type: 'ok'; re: number; ids?: WireRef[] }
  | { type: 'ping' | 'pong'; t: unknown }
  | { type: 'idle' | 'state'; sub: string }
  | { type: 'going'; in: number; why: string }
  | ErrorFrame

/** What the server sent, or undefined for what is no frame; types that are not known here are for newer clients. */
export function decodeFrame(text: unknown): ServerFrame | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const frame: unknown = JSON.parse(text)
    const isFrame = typeof frame === 'object' && frame !== null && 'type' in frame && typeof frame.type === 'string'
    return isFrame ? (frame as ServerFrame) : undefined
  } catch {
    return undefined
  }
}
