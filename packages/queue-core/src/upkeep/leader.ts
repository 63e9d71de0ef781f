import type { Sql } from '../db/connect.ts'
import { goOnLeading, tryToLead } from './leader.sql.ts'

/** How long a gateway that says nothing keeps the lead; Postgres ends its session then. */
export const LEASE_SECONDS = 5

/** Whether this gateway is the one that does the upkeep of the database. */
export type Leader = {
  leads(): boolean
  /** Takes the lead when nobody has it, and keeps it; called every second. */
  renew(): Promise<void>
  /** To be told when the connection is lost, and the lead with it. */
  lost(): void
}

/**
 * One gateway does the upkeep, the others stand by. The lead is an advisory lock of a session: it is free again as soon
 * as a gateway that was killed is gone from Postgres, and after five seconds when a gateway has stopped without ending,
 * or cannot be reached. For a moment two may believe that they lead, which does no harm: upkeep can be done by any number.
 */
export function createLeader(sql: Sql): Leader {
  let leading = false
  return {
    leads: () => leading,
    async renew() {
      if (leading) await goOnLeading(sql)
      else leading = (await tryToLead(sql))[0]!.leads
    },
    lost() {
      leading = false
    },
  }
}
