/** Where clients find us. */
export type Place = { scheme: string; host: string; port: number }

/**
 * The settings file that every published client reads (auth-and-projects, section 4.4): the scheme under both names
 * that are in use, the port as a number, and the place once more in the section where the .NET client looks for it. No
 * `api_version`, since that would break the clients of the other version.
 */
export function ironFile({
  projectId,
  token,
  scheme,
  host,
  port,
}: Place & { projectId: string | undefined; token: string }) {
  const place = { host, port, scheme, protocol: scheme }
  return `${JSON.stringify({ project_id: projectId, token, ...place, iron_mq: place }, null, 2)}\n`
}
