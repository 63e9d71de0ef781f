import { describe, expect, test } from 'vitest'
import type { LookRow } from './keep.sql.ts'
import { createMarks } from './marks.ts'

/** A look at a queue with one registered priority; `first: 0` says that nothing ready stands beyond the mark. */
const aLook = (more: Partial<LookRow>): LookRow => ({
  queue_id: 1,
  cur: 1,
  prios: [65_536],
  marks: [0],
  low: 1,
  first: [0],
  lanes: [],
  lane_priorities: (more.lanes ?? []).map(() => 1),
  lane_positions: (more.lanes ?? []).map(() => 1),
  seq: 0,
  writers: [],
  ...more,
})

/** Takes the looks one after the other, and says the mark after each. */
function markAfterEach(...looks: Partial<LookRow>[]): (number | undefined)[] {
  const marks = createMarks()
  return looks.map((look) => {
    marks.take(aLook(look))
    return marks.hints.marks[0]
  })
}

describe('the mark of a priority', () => {
  test('stands just before the first ready row, once a second look has proved it', () => {
    const looks = [
      { seq: 10, first: [7] },
      { seq: 10, first: [7] },
      { seq: 10, first: [7] },
    ]
    expect(markAfterEach(...looks)).toEqual([undefined, undefined, 6])
  })

  test('stands, where nothing is ready, at the newest id of the look before, not of this one', () => {
    const looks = [{ seq: 10 }, { seq: 20 }, { seq: 30 }, { seq: 40 }]
    expect(markAfterEach(...looks)).toEqual([undefined, undefined, 10, 20])
  })

  test('never falls', () => {
    const looks = [{ seq: 10 }, { seq: 20 }, { seq: 30 }, { seq: 30, first: [25] }, { seq: 30, first: [22] }]
    const seen = markAfterEach(...looks, { seq: 31 }, { seq: 31 }).map((mark) => mark ?? 0)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })

  test('starts at what another gateway has stored', () => {
    const marks = createMarks()
    for (let i = 0; i < 3; i++) marks.take(aLook({ seq: 100, first: [90], marks: [50] }))
    expect(marks.hints.marks).toEqual([89])
    for (let i = 0; i < 2; i++) marks.take(aLook({ seq: 100, first: [90], marks: [95] }))
    expect(marks.hints.marks).toEqual([95])
  })
})

describe('the hazards', () => {
  test('a poster that drew an id and has not committed holds the mark back', () => {
    // Row 5 is drawn and not committed; row 6 and later are taken already.
    const looks = [
      { seq: 6, writers: ['3/1'] },
      { seq: 9, writers: ['3/1'] },
      { seq: 9, writers: ['3/1'] },
      { seq: 9, writers: ['3/1'] },
    ]
    expect(markAfterEach(...looks)).toEqual([undefined, undefined, undefined, undefined])
  })

  test('a late commit is seen by the look that proves the mark, which stays before it', () => {
    const looks = [
      { seq: 6, writers: ['3/1'] },
      { seq: 9, writers: ['3/1'] },
      { seq: 9, writers: [], first: [5] }, // committed just before this look; still in the list before it
      { seq: 9, writers: [], first: [5] },
      { seq: 9, writers: [], first: [5] },
    ]
    expect(markAfterEach(...looks)).toEqual([undefined, undefined, undefined, 4, 4])
  })

  test('a writer that is missing from the list of the proving look itself proves nothing', () => {
    // It may have committed between that look's snapshot and its list.
    const looks = [{ seq: 6 }, { seq: 9, writers: ['3/1'] }, { seq: 9, writers: [] }]
    expect(markAfterEach(...looks)[2]).toBe(undefined)
    expect(markAfterEach(...looks, { seq: 9 })[3]).toBe(9)
  })

  test('a reserve that is rolled back holds nothing up: its rows were ready for the look all the time', () => {
    const looks = [
      { seq: 6, first: [3], writers: ['4/1'] },
      { seq: 6, first: [3], writers: ['4/1'] },
      { seq: 6, first: [3] },
      { seq: 6, first: [3] },
    ]
    expect(markAfterEach(...looks)).toEqual([undefined, undefined, undefined, 2])
  })

  test('a virtual transaction that stays makes the mark stand still, however many others come and go', () => {
    const marks = createMarks()
    marks.take(aLook({ seq: 10 }))
    for (let i = 0; i < 50; i++) marks.take(aLook({ seq: 20 + i, writers: ['9/9', `5/${i}`] }))
    expect(marks.hints.marks).toEqual([])
    for (let i = 0; i < 3; i++) marks.take(aLook({ seq: 100 }))
    expect(marks.hints.marks[0]).toBeGreaterThanOrEqual(20)
  })

  test('writers that overlap, none of them in all lists, do not hold it up', () => {
    const marks = createMarks()
    for (let i = 0; i < 20; i++) marks.take(aLook({ seq: i * 10, writers: [`5/${i}`, `5/${i + 1}`] }))
    expect(marks.hints.marks[0]).toBeGreaterThanOrEqual(100)
  })

  test('a writer that came after the candidate does not hold it up', () => {
    const looks = [
      { seq: 10 },
      { seq: 10, writers: ['3/1'] },
      { seq: 20, writers: ['3/2'] },
      { seq: 20, writers: ['3/2'] },
    ]
    expect(markAfterEach(...looks)).toEqual([undefined, undefined, undefined, 10])
  })
})

describe('several priorities', () => {
  test('each have a mark of their own', () => {
    const marks = createMarks()
    for (let i = 0; i < 3; i++)
      marks.take(aLook({ prios: [65_536, 5, 0], marks: [0, 0, 0], first: [7, 0, 3], seq: 20 }))
    expect(marks.hints.marks).toEqual([6, 20, 2])
  })

  test('one that was registered meanwhile is not passed over by an older candidate', () => {
    const marks = createMarks()
    marks.take(aLook({ seq: 10 }))
    marks.take(aLook({ seq: 20, writers: ['3/1'] }))
    marks.take(aLook({ seq: 30, prios: [65_536, 5], marks: [0, 0], first: [0, 25], writers: ['3/1'] }))
    marks.take(aLook({ seq: 30, prios: [65_536, 5], marks: [0, 0], first: [0, 25], writers: [] }))
    marks.take(aLook({ seq: 30, prios: [65_536, 5], marks: [0, 0], first: [0, 0], writers: [] }))
    expect(marks.hints.marks[1]).toBeLessThanOrEqual(30)
    expect(marks.hints.marks[1]).toBeGreaterThanOrEqual(0)
    expect(marks.hints.marks[1]).toBeLessThan(25)
  })
})

describe('the lowest return lane', () => {
  const lowAfterEach = (...looks: Partial<LookRow>[]) => {
    const marks = createMarks()
    return looks.map((look) => {
      marks.take(aLook(look))
      return marks.hints.low
    })
  }

  test('rises to the current one when nothing is ready below it and nobody may still write there', () => {
    expect(lowAfterEach({ cur: 3 }, { cur: 3 }, { cur: 3 })).toEqual([1, 1, 3])
  })

  test('stands at the lowest lane with a ready row', () => {
    expect(lowAfterEach({ cur: 5, lanes: [2] }, { cur: 5, lanes: [2] }, { cur: 5, lanes: [2] })).toEqual([1, 1, 2])
  })

  test('waits for who may still return a row to a lane that was the current one when it began', () => {
    const writers = ['3/1']
    const looks = [{ cur: 2 }, { cur: 2, writers }, { cur: 2, writers }, { cur: 2, lanes: [1] }, { cur: 2, lanes: [1] }]
    expect(lowAfterEach(...looks)).toEqual([1, 1, 1, 1, 1])
  })

  test('never falls', () => {
    expect(lowAfterEach({ cur: 4 }, { cur: 4 }, { cur: 4 }, { cur: 4, lanes: [3] })).toEqual([1, 1, 4, 4])
  })
})

describe('a return lane', () => {
  const marks = createMarks()
  const lanes = { lanes: [1, 2, 3], lane_priorities: [5, 5, 7], lane_positions: [10, 40, 20] }
  const seen = (look: Partial<LookRow>) => {
    marks.take(aLook(look))
    return marks.hints.lanes
  }

  test('has no mark while somebody may still enter it', () => {
    expect(seen({ cur: 3, ...lanes })).toBe(undefined)
    expect(seen({ cur: 3, ...lanes, writers: ['3/1'] })).toBe(undefined)
    expect(seen({ cur: 4, ...lanes, writers: ['3/1'] })).toBe(undefined)
    expect(seen({ cur: 4, ...lanes })).toBe(undefined) // the list before this look still named the writer
  })

  test('has one where its first ready row stands, once it is sealed; others are read whole', () => {
    const sealed = [
      { lane: 1, priority: 5, position: 10 },
      { lane: 2, priority: 5, position: 40 },
    ]
    expect(seen({ cur: 4, ...lanes })?.slice(0, 2)).toEqual(sealed)
    expect(marks.hints.low).toBe(1)
  })

  test('moves with its first row, and is left out when it is empty', () => {
    const [, second] = seen({ cur: 4, lanes: [1, 3], lane_priorities: [6, 7], lane_positions: [3, 20] })!
    expect(second).toEqual({ lane: 3, priority: 7, position: 20 })
    expect(marks.hints).toMatchObject({ open: 4, lanes: [{ lane: 1, priority: 6, position: 3 }, second] })
    expect(seen({ cur: 4, lanes: [3], lane_priorities: [7], lane_positions: [20] })).toHaveLength(1)
    expect(marks.hints.low).toBe(3)
  })
})

test('take says whether there is something new to store', () => {
  const marks = createMarks()
  expect([10, 10, 10, 10].map((seq) => marks.take(aLook({ seq })))).toEqual([false, false, true, false])
})
