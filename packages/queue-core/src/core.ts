import type {
  DeleteMessage,
  DeleteMessages,
  FoundByIdMessage,
  FoundMessage,
  PostMessages,
  ReleaseMessage,
  ReserveMessages,
  ReservedMessage,
  TouchMessage,
} from './messages/message.ts'
import type { Alert, NewAlert } from './alerts/alert.ts'
import type { DurabilityRisk } from './db/durability.ts'
import type { FirstStart } from './projects/first-start.ts'
import type { Project } from './projects/project.ts'
import type { Delivery, Pushing } from './deliveries/delivery.ts'
import type { Drawn } from './queues/change-push.ts'
import type { Door, NewSubscriber, PushSettings } from './queues/push.ts'
import type { Queue, QueueSettings, QueueWithSize } from './queues/queue.ts'
import type { Result } from './refusal.ts'
import type { Session } from './sessions/session.ts'
import type { Stream } from './streams/stream.ts'
import type { CreateTicket, Ticket } from './tickets/ticket.ts'
import type { Access, CreateToken, Token } from './tokens/token.ts'

type OnQueue = { project: string; queue: string }
/** With `onlyPush`, a queue that is missing or a pull queue is refused instead of made into what is asked for. */
type OnPush = OnQueue & { onlyPush?: boolean; door?: Door }
type OnMessage = OnQueue & { messageId: number }

export type CoreOptions = {
  /** A postgres:// URL, or the folder of the socket of an embedded server as `host`. */
  database: { url: string } | { host: string; user: string; database: string }
  /** Told about faults that no caller sees: a lost connection, an upkeep round that failed. */
  onFault?: (fault: unknown, where: string) => void
  /** Told about every statement that carried callers' work: its kind, how many callers shared it, how long it took. */
  onBatch?: (kind: string, items: number, seconds: number) => void
  /** Only for the benchmark: false gives every call a statement of its own. */
  coalesce?: boolean
}

/**
 * Every operation of the product. Expected noes come back as refusals; `Unavailable` is thrown when Postgres cannot
 * be reached and nothing was stored; any other error means that the outcome is not known.
 */
export type Core = {
  /** What the bearer of this token may do in this project; undefined when nothing, or when there is no such project. */
  authorize(token: string, project: string): Promise<Access | undefined>
  /** What the bearer of this token may do at all; undefined for an unknown, expired or revoked one. */
  authenticate(token: string): Promise<Access | undefined>

  /** `id` and `secret` are only for the first start, where the settings may name them. */
  createProject(command: { name: string; id?: string }): Promise<Result<Project>>
  findProject(command: { id: string }): Promise<Result<Project>>
  listProjects(): Promise<Project[]>
  /** Removes the project with all its queues and messages. */
  deleteProject(command: { id: string }): Promise<Result<void>>
  /** The secret is in this answer and nowhere else. */
  createToken(command: CreateToken & { secret?: string }): Promise<Result<Token & { secret: string }>>
  listTokens(): Promise<Token[]>
  /** Effective within 5 s on every gateway. */
  deleteToken(command: { id: string }): Promise<Result<void>>

  /** A secret for a web page: lets one live stream in, once, within a minute, on any gateway. */
  createTicket(command: CreateTicket): Promise<Result<{ ticket: string; expiresInSeconds: number }>>
  /** Uses it up; undefined for one that was used before, has expired, or is for another project. */
  redeemTicket(command: { project: string; ticket: string }): Promise<Ticket | undefined>
  /** What the token of this id may do in this project now, asked of the database each time. */
  findAccess(command: { tokenId: string; project: string }): Promise<Access | undefined>

  /**
   * In an empty database makes a project and an admin token, exactly once however many gateways start; undefined when
   * there was nothing to make (projects/first-start.ts).
   */
  makeFirstStart(command: { projectId?: string; secret?: string }): Promise<Result<FirstStart | undefined>>

  /** Creates the queue, or applies the given settings to the one that exists. */
  putQueue(command: OnQueue & { settings: QueueSettings }): Promise<Result<Queue & Drawn>>
  updateQueue(command: OnQueue & { settings: QueueSettings }): Promise<Result<QueueWithSize & Drawn>>
  findQueue(command: OnQueue): Promise<Result<QueueWithSize>>
  /** Names in byte order, only those after `previous`. */
  listQueues(command: { project: string; previous?: string; prefix?: string; count?: number }): Promise<string[]>
  /** The same by pages, counted from 0, with the ids that some clients want to see. */
  listQueuePage(command: { project: string; page: number; count: number }): Promise<{ id: string; name: string }[]>
  /** Changes how the queue delivers, from pull to push and back too; creates the queue. */
  changePush(command: OnPush & { settings: PushSettings }): Promise<Result<QueueWithSize & Drawn>>
  /** One whose name is there takes its place. Creates the queue, and makes a pull queue a multicast one. */
  addSubscribers(command: OnPush & { subscribers: NewSubscriber[] }): Promise<Result<QueueWithSize & Drawn>>
  /** Removes every subscriber with one of these addresses or names. */
  removeSubscribers(command: OnPush & { urls?: string[]; names?: string[] }): Promise<Result<QueueWithSize & Drawn>>
  /** Ends the pause of a subscriber that keeps failing. */
  resumeSubscriber(command: OnQueue & { name: string }): Promise<Result<void>>
  /** Removes the queue; its messages are gone for every caller at once. */
  deleteQueue(command: OnQueue): Promise<Result<void>>

  /** Adds alerts to those of the queue; `create` makes a queue that does not exist. All or none are added. */
  addAlerts(command: OnQueue & { alerts: NewAlert[]; create?: boolean }): Promise<Result<void>>
  /** Gives the queue these alerts in place of those it has; an empty list leaves none. */
  replaceAlerts(command: OnQueue & { alerts: NewAlert[]; create?: boolean }): Promise<Result<void>>
  /** Removes those of these ids, or all when none are given; ids that no alert has are passed over. */
  removeAlerts(command: OnQueue & { ids?: string[] }): Promise<Result<void>>
  /** Removes one; refused when there is none of this id. */
  removeAlert(command: OnQueue & { alertId: string }): Promise<Result<void>>
  /** In the order in which they were added. */
  listAlerts(command: OnQueue): Promise<Result<Alert[]>>

  /** Stores all or none; ids in the order given, each greater than all posted to this queue before. Creates the queue. */
  postMessages(command: PostMessages): Promise<Result<number[]>>
  /** Most urgent first, then in the order of posting. An empty list when nothing is ready within the wait. */
  reserveMessages(command: ReserveMessages): Promise<Result<ReservedMessage[]>>
  /** What a reserve would return now, without reserving. */
  peekMessages(command: OnQueue & { count: number }): Promise<Result<FoundMessage[]>>
  findMessage(command: OnMessage): Promise<Result<FoundByIdMessage>>
  /** Trades a reservation for a fresh one; the old one is void. Counts as a reservation. */
  touchMessage(command: TouchMessage): Promise<Result<{ reservationId: string }>>
  releaseMessage(command: ReleaseMessage): Promise<Result<void>>
  deleteMessage(command: DeleteMessage): Promise<Result<void>>
  deleteMessages(command: DeleteMessages): Promise<Result<void>>

  // For doors without reservation ids: whoever knows a message's id may act for its open reservation.
  /** Another term for an open reservation, or a first one; counts as a reservation. */
  touchMessageById(command: OnMessage): Promise<Result<void>>
  /** To the end of the line, at once or after the delay; a message that nobody holds is only delayed. */
  releaseMessageById(command: OnMessage & { delaySeconds?: number }): Promise<Result<void>>
  /** Whoever holds it. */
  deleteMessageById(command: OnMessage): Promise<Result<void>>
  /** Those that there are. */
  deleteMessagesById(command: OnQueue & { messageIds: number[] }): Promise<Result<void>>

  /**
   * What became of a message at each subscriber; of a unicast queue one entry. An empty list on a pull queue. Kept for
   * a day after its end (push.md section 5).
   */
  listDeliveries(command: OnMessage): Promise<Result<Delivery[]>>
  /**
   * The receiver has done its work: the delivery is done. Named by the subscriber and the reservation of the attempt, or
   * by the delivery's own id, which may also be done already (push.md K1 to K6).
   */
  acknowledge(
    command: OnMessage & ({ subscriber?: string; reservationId: string } | { deliveryId: string }),
  ): Promise<Result<void>>

  /**
   * The same for several deliveries of a queue, each named by the subscriber and the reservation: all of them are done, or
   * none (push.md K3). 1 to 100 of them.
   */
  acknowledgeAll(
    command: OnQueue & { messages: { messageId: number; subscriber: string; reservationId: string }[] },
  ): Promise<Result<void>>

  /** Deletes every message that was posted before, reserved and delayed ones too. */
  clearQueue(command: OnQueue): Promise<Result<void>>

  /** For one live connection: reservations that belong to it, several queues in one order (sessions/session.ts). */
  openSession(command: { project: string }): Session
  /** For one live consumer: messages handed out as they become ready, as far as its credit goes (streams/stream.ts). */
  openStream(command: { project: string }): Stream

  /** For processes that deliver to the subscribers of push queues. */
  pushing: Pushing

  /** Answers when the database does. */
  ping(): Promise<void>
  /** Settings of the server under which acknowledged messages may be lost; an empty list when all is well. */
  findDurabilityRisks(): Promise<DurabilityRisk[]>
  /** What the metrics page shows about the queues: at most `count` of them, the longest first. */
  queueDepths(count: number): Promise<{ project: string; queue: string; size: number; oldestReadySeconds: number }[]>
  /** From now on every post through this process is `Unavailable`; all else goes on, and there is no way back. */
  closePosts(): void
  /** Ends long polls with an empty list; later ones do not wait. First step of a graceful stop. */
  drain(): void
  /** Ends background work and connections once what is under way has ended. */
  stop(): Promise<void>
}
