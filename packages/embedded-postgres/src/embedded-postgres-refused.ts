/**
 * The server was not started, and the message says why in sentences meant for the person who started it. Thrown only
 * by `startEmbeddedPostgres`; the data of the folder was left as it was.
 */
export class EmbeddedPostgresRefused extends Error {
  override name = 'EmbeddedPostgresRefused'
}
