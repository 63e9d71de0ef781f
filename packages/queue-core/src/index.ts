export type { Access, CreateToken, Scope, Token } from './tokens/token.ts'
export { scopes } from './tokens/token.ts'
export type { Alert, NewAlert } from './alerts/alert.ts'
export type { DurabilityRisk } from './db/durability.ts'
export type { FirstStart } from './projects/first-start.ts'
export type { Project } from './projects/project.ts'
export type { Attempt, ClaimedDelivery, Delivery, DueQueue, Pushing, Tried } from './deliveries/delivery.ts'
export type { Door, NewSubscriber, Push, PushSettings, Subscriber } from './queues/push.ts'
export type { DeadLetter, Queue, QueueSettings, QueueWithSize } from './queues/queue.ts'
export type {
  DeleteMessage,
  DeleteMessages,
  FoundByIdMessage,
  FoundMessage,
  NewMessage,
  PostMessages,
  ReleaseMessage,
  ReserveMessages,
  ReservedMessage,
  TouchMessage,
} from './messages/message.ts'
export type {
  HeldMessage,
  MessageState,
  ProjectState,
  QueueState,
  Session,
  SessionMessage,
  SessionReserve,
} from './sessions/session.ts'
export type {
  CreditState,
  Failed,
  Lost,
  OnMessages,
  Receiver,
  Stream,
  StreamMessage,
  Subscribe,
  Subscription,
  Touched,
} from './streams/stream.ts'
export type { CreateTicket, Ticket } from './tickets/ticket.ts'
export { handedOn } from './deliveries/hops.ts'
export { limits } from './limits.ts'
export { deliveryWithoutCredentials, queueWithoutCredentials } from './queues/without-credentials.ts'
export type { Refusal, Result } from './refusal.ts'
export { Unavailable } from './refusal.ts'
export type { Core, CoreOptions } from './core.ts'
export { openCore } from './open-core.ts'
