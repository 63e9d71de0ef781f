import type { Sql } from '../src/db/connect.ts'

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: Node[]
}

/** What our statements are given. */
type Value = null | number | string | Buffer | (null | number | string)[]

export type Explained = {
  /** Every node of the plan, init plans and CTEs included. */
  nodes: Node[]
  /** Pages looked at while it ran: counted, not timed. */
  buffers: number
}

/**
 * Stands in for a connection: a statement that is given it runs as on the real one, with its generic plan where the
 * connection asks for these, and resolves with how it went in place of its rows. Statements stay prepared.
 */
export function explained(sql: Sql): Sql {
  const names = new Map<string, string>()

  async function run(text: string, values: Value[]): Promise<Explained> {
    let name = names.get(text)
    if (!name) {
      names.set(text, (name = `explained_${names.size}`))
      await sql.unsafe(`prepare ${name} as ${text}`)
    }
    const given = values.length > 0 ? `(${values.map(literal).join(', ')})` : ''
    const rows = await sql.unsafe(`explain (analyze, buffers, format json) execute ${name} ${given}`)
    const { Plan: top } = (rows[0] as unknown as { 'QUERY PLAN': [{ Plan: Node }] })['QUERY PLAN'][0]
    return { nodes: flat(top), buffers: (top['Shared Hit Blocks'] ?? 0) + (top['Shared Read Blocks'] ?? 0) }
  }

  const tag = (strings: TemplateStringsArray, ...values: Value[]) =>
    run(
      strings.reduce((text, next, i) => `${text}$${i}${next}`),
      values,
    )
  return tag as unknown as Sql
}

const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)]

/** As text of no type yet, so that it becomes what the statement's parameter is. */
function literal(value: Value): string {
  if (value === null) return 'null'
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`
  const text = Array.isArray(value) ? `{${value.map((one) => JSON.stringify(one)).join(',')}}` : String(value)
  return `'${text.replaceAll("'", "''")}'`
}
