import { stat } from 'node:fs/promises'
import { EmbeddedPostgresRefused } from './embedded-postgres-refused.ts'
import { runAs, type Identity } from './run-as.ts'

/** Whom the server runs as. `identity` is empty unless it must be somebody else than we are. */
export type ServerUser = { name: string; uid: number; identity: Identity }

export const isRoot = () => process.getuid?.() === 0

/** The name that the password database gives a user, by number; undefined when it has none. */
export const nameOf = (uid: number) => ask(['-nu', String(uid)])

/**
 * Postgres refuses to run as root. Root therefore hands it to the owner of the folder that holds the data, else to
 * `postgres`, else to `nobody`; anybody else runs it as himself. Refuses a user without a name, since initdb and peer
 * authentication look it up, and a folder that belongs to somebody else.
 */
export async function chooseServerUser(clusterDir: string, dataDir: string): Promise<ServerUser> {
  const clusterOwner = await ownerOf(clusterDir)
  const us = process.getuid!()

  if (!isRoot()) {
    if (clusterOwner !== undefined && clusterOwner.uid !== us)
      throw new EmbeddedPostgresRefused(
        `${clusterDir} belongs to user ${(await nameOf(clusterOwner.uid)) ?? clusterOwner.uid}, and this is user ` +
          `${(await nameOf(us)) ?? us}. Start as its owner, or choose another data folder.`,
      )
    return named(us, {})
  }

  if (clusterOwner?.uid === 0)
    throw new EmbeddedPostgresRefused(
      `${clusterDir} belongs to root, and Postgres refuses to run as root. Give it to another user with chown -R.`,
    )
  const owner = clusterOwner ?? (await ownerOf(dataDir))
  if (owner !== undefined && owner.uid !== 0) return named(owner.uid, owner)
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([ask(['-u', name]), ask(['-g', name])])
    if (uid && gid) return { name, uid: Number(uid), identity: { uid: Number(uid), gid: Number(gid) } }
  }
  throw new EmbeddedPostgresRefused(
    'Postgres refuses to run as root, and there is neither a user "postgres" nor a user "nobody" to run it as.',
  )
}

async function named(uid: number, identity: Identity): Promise<ServerUser> {
  const name = await nameOf(uid)
  if (name) return { name, uid, identity }
  throw new EmbeddedPostgresRefused(
    `Postgres would run as user number ${uid}, which has no name on this machine. Add that user to /etc/passwd, ` +
      'or start as a user that is there.',
  )
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(path)
    return { uid, gid }
  } catch {
    return undefined
  }
}

/** `id` knows every source of users that the machine has, /etc/passwd only one of them. */
async function ask(argv: string[]): Promise<string | undefined> {
  const { ok, output } = await runAs({}, 'id', argv)
  return ok ? output.trim() || undefined : undefined
}
