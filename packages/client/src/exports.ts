export type { ConnectOptions, Weldmq } from './connect.ts'
export type { CallOptions } from './http/caller.ts'
export type { Alerts } from './rest/alerts.ts'
export type { Ticket, TicketOptions } from './rest/create-ticket.ts'
export type { HeldMessages } from './rest/held-messages.ts'
export type { ListQueuesOptions } from './rest/list-queues.ts'
export type { Message, MessageRef, NewMessage, ReservedMessage } from './rest/message.ts'
export type { PostOptions, Queue, ReserveOptions } from './rest/queue.ts'
export type {
  Alert,
  DeadLetter,
  DeliveryStatus,
  NewAlert,
  NewSubscriber,
  Push,
  PushSettings,
  QueueInfo,
  QueueInfoWithSize,
  QueueSettings,
  Subscriber,
} from './rest/queue-info.ts'
export type { Subscribers } from './rest/subscribers.ts'
export type {
  ConnectionState,
  Handler,
  MessagesOptions,
  Stream,
  StreamOptions,
  StreamPostOptions,
  SubscribeOptions,
  Subscription,
  TailHandler,
} from './stream/stream.ts'
export type { StreamMessage } from './stream/stream-message.ts'
export { WeldmqError } from './weldmq-error.ts'
