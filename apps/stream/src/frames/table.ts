import { bury, remove, release, touch } from './acting.ts'
import { credit } from './credit.ts'
import type { Handler } from './handler.ts'
import { hello } from './hello.ts'
import { ping, pong } from './ping.ts'
import { post } from './post.ts'
import { subscribe } from './subscribe.ts'
import { unsubscribe } from './unsubscribe.ts'

/** Every frame that a client may send. */
const handlers = new Map<string, Handler>(
  Object.entries({
    hello,
    subscribe,
    credit,
    unsubscribe,
    delete: remove,
    release,
    touch,
    bury,
    post,
    ping,
    pong,
  }),
)

export const findHandler = (type: string): Handler | undefined => handlers.get(type)
