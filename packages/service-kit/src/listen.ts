import { isIPv4 } from 'node:net'
import { z } from 'zod'

export type Listen = {
  host: string
  /** 0 lets the system choose. */
  port: number
  /** Whether only programs on this machine can reach us. */
  loopback: boolean
}

/** A setting like `127.0.0.1:8080`, with what it is when it is not set. */
export const listenSetting = (standard: string) =>
  z
    .string()
    .default(standard)
    .transform((text, context): Listen => {
      const address = readAddress(text)
      if (address) return { ...address, loopback: isLoopback(address.host) }
      const message = `must be host:port, for example ${standard} or [::1]:8080; port 0 lets the system choose`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })

/** Takes `host:port` apart, brackets around an IPv6 address; undefined when it is something else. */
export function readAddress(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z.-]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port > 65_535 ? undefined : { host, port }
}

/** Whether only programs on this machine can reach it. */
export const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
