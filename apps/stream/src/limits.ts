import { limits as core } from '@weldmq/queue-core'
import { TOKEN_RECHECK_MILLISECONDS } from '@weldmq/service-kit'

/** The numbers of this door, with their units. Those that clients have to know are in `welcome`. */
export const defaultLimits = {
  /** Of one frame, fragments together; more: 1009. */
  frameBytes: 1_048_576,
  credit: core.stream.credit.max,
  creditBytes: core.stream.creditBytes.max,
  /** Per connection. */
  subscriptions: 100,
  postsInFlight: 64,
  /** Per connection; more: 4429. */
  framesPerSecond: 5000,
  /** Frames of one connection that are being worked on; then it is not read until some are done. */
  framesUnderWay: 256,
  /** Open at once in this process; more: 4429. */
  connections: 15_000,
  /** Of these those that were let in to one project, so that others find room; more: 4429. */
  connectionsPerProject: 12_000,
  /**
   * What may wait to be read by a client: messages are sent while there is half of it left. And what frames that are
   * being worked on may have together.
   */
  bufferBytes: 4_194_304,
  /** How long that half may stay full; then: 4413. */
  slowMilliseconds: 30_000,
  heartbeatSeconds: 15,
  /** In a row, without any sign of life; then: 4410. */
  heartbeatsMissed: 2,
  /** For a `hello`, where the upgrade carried no credentials. */
  helloMilliseconds: 10_000,
  /** What somebody who has not said it may send. */
  helloBytes: 16_384,
  /** For a peer to answer a close; then it is cut off. */
  closeMilliseconds: 1000,
  /** Between two looks at the tokens that connections came with. */
  recheckMilliseconds: TOKEN_RECHECK_MILLISECONDS,
  /** What a planned stop leaves for finishing what is held. */
  goingSeconds: 3,
}

export type StreamLimits = typeof defaultLimits
