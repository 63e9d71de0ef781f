import type { Bar } from '../../report/bars.ts'

/** A bar of the project whose figure this run has measured. */
export const bar = (says: string, figure: number, meets: (figure: number) => boolean, unit: string): Bar => ({
  says,
  figure,
  shown: `${figure.toFixed(2)}${unit}`,
  met: meets(figure),
})
