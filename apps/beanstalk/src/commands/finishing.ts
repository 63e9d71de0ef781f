import { MAX_32, idOf, readId, within } from '../numbers.ts'
import { command, sayOf } from './command.ts'

/** `delete ID`: for good; anyone may, unless another connection holds the job. */
export const deleteJob = command({
  word: 'delete ',
  counts: 'delete',
  scope: 'consume',
  read: readId,
  sharesBy: (id) => id,
  run: ({ session }, given) =>
    sayOf(
      given,
      (id) => session.delete(id),
      () => 'DELETED',
    ),
})

/** `touch ID`: the reservation's time begins anew. */
export const touch = command({
  word: 'touch ',
  counts: 'touch',
  scope: 'consume',
  read: readId,
  sharesBy: (id) => id,
  run: ({ session }, given) =>
    sayOf(
      given,
      (id) => session.touch(id),
      () => 'TOUCHED',
    ),
})

/** `release ID PRI DELAY`: gives the job back. */
export const release = command({
  word: 'release ',
  counts: 'release',
  scope: 'consume',
  read(rest) {
    const [, id, priority, delay] = /^ *(\d+) +(\d+) +(\d+)$/.exec(rest) ?? []
    return id && priority && delay ? allOf(idOf(id), within(priority, MAX_32), within(delay, MAX_32)) : undefined
  },
  sharesBy: ([id]) => id,
  run: ({ session }, [given, priority, delaySeconds]) =>
    sayOf(
      given,
      (messageId) => session.release({ messageId, priority, delaySeconds }),
      () => 'RELEASED',
    ),
})

/** `bury ID PRI`: sets the job aside, behind those buried before; so burials of one connection never overlap. */
export const bury = command({
  word: 'bury ',
  counts: 'bury',
  scope: 'consume',
  read(rest) {
    const [, id, priority] = /^ *(\d+) +(\d+)$/.exec(rest) ?? []
    return id && priority ? allOf(idOf(id), within(priority, MAX_32)) : undefined
  },
  run: ({ session }, [given, priority]) =>
    sayOf(
      given,
      (messageId) => session.bury({ messageId, priority }),
      () => 'BURIED',
    ),
})

type Numbers<T extends (number | undefined)[]> = { [K in keyof T]: number }

/** All of the numbers, or none when one of them was refused. */
const allOf = <T extends (number | undefined)[]>(...numbers: T): Numbers<T> | undefined =>
  numbers.includes(undefined) ? undefined : (numbers as Numbers<T>)
