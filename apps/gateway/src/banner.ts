import { isLoopback } from '@weldmq/service-kit'
import type { Config } from './config.ts'
import type { Gateway } from './index.ts'

/** What a person sees once everything runs: where it is, what opens it, three lines to try, and what to mind. */
export function banner({ url, beanstalk, credentials, risks }: Gateway, config: Config): string {
  const { projectId } = credentials
  const base = config.publicUrl ?? url
  const facts = [
    ['address', base === url ? url : `${base} (here: ${url})`],
    ['API', `${base}/3/projects/${projectId ?? '{project id}'}, described at ${base}/docs`],
    ...(config.listen.loopback ? [['live page', `${url}/stream/live`]] : []),
    ['beanstalk', beanstalk.map((address, i) => listenerLine(address, config, i)).join(', ') || 'off'],
    ['project', projectId ?? 'none; make one with POST /1/projects'],
    ['token', tokenLine(credentials)],
    ['data', config.database ? 'in the database of DATABASE_URL' : config.dataDir],
  ]
  return [
    '',
    'WeldMQ is ready.',
    '',
    ...facts.map(([name, value]) => `  ${name!.padEnd(9)} ${value}`),
    ...warnings(config, risks).flatMap((warning) => ['', `  WARNING  ${warning}`]),
    '',
    ...(projectId
      ? ['Try it: post, reserve and delete a message.', '', ...tryIt(url, projectId, credentials), '']
      : []),
  ].join('\n')
}

const logins = { required: 'login required', optional: 'login optional', off: 'no login' }

function listenerLine(address: string, { beanstalk }: Config, at: number): string {
  const { mode, tls } = beanstalk.listeners[at]!
  return `${address} (${logins[mode]}${tls ? ', TLS' : ''})`
}

function tokenLine({ newToken, tokenGiven, ironFile }: Gateway['credentials']): string {
  if (newToken) return `${newToken} (an admin token, shown only now${ironFile ? `; also in ${ironFile}` : ''})`
  if (tokenGiven) return 'the one of WELDMQ_TOKEN'
  return ironFile ? `in ${ironFile}` : 'shown at the first start'
}

/**
 * The answer of a reserve, with its first word changed, is the body of a delete: no id has to be copied by hand. Both
 * variables are set on one line so that every other line fits a terminal.
 */
function tryIt(url: string, projectId: string, { newToken, tokenGiven, ironFile }: Gateway['credentials']): string[] {
  const fromFile = ironFile && `$(sed -n 's/^  "token": "\\(.*\\)",$/\\1/p' ${quoted(ironFile)})`
  const token = newToken ?? (tokenGiven ? '$WELDMQ_TOKEN' : (fromFile ?? '{token}'))
  return [
    `  H="Authorization: OAuth ${token}" Q=${url}/3/projects/${projectId}/queues/hello`,
    `  curl -sS -H "$H" -d '{"messages":[{"body":"Hello, world"}]}' $Q/messages; echo`,
    `  R=$(curl -sS -H "$H" -d '{}' $Q/reservations); echo "$R"`,
    `  echo "$R" | sed s/messages/ids/ | curl -sS -H "$H" -X DELETE -d @- $Q/messages; echo`,
  ]
}

const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)

function warnings(config: Config, risks: Gateway['risks']): string[] {
  const clear = !config.tls && !config.listen.loopback
  const open = config.beanstalk.listeners.filter(({ host }) => !isLoopback(host))
  return [
    ...risks.map(({ setting, value, consequence }) => `Postgres runs with ${setting}=${value}: ${consequence}.`),
    ...(clear
      ? [
          `${config.listen.host} can be reached from other machines, and tokens travel in the clear; set WELDMQ_TLS_CERT.`,
        ]
      : []),
    ...open.flatMap(({ host, mode, tls }) => [
      ...(mode === 'required'
        ? []
        : [`${host} can be reached from other machines, and beanstalk needs no login there.`]),
      ...(tls || mode === 'off'
        ? []
        : [`${host} can be reached from other machines, and beanstalk logins travel in the clear there; set tls=1.`]),
    ]),
  ]
}

/** For programs that start us: one line that begins with `WELDMQ_READY`, then JSON. */
export const readyLine = ({ url, beanstalk, credentials }: Gateway): string =>
  `WELDMQ_READY ${JSON.stringify({ url, beanstalk, project_id: credentials.projectId, pid: process.pid })}`
