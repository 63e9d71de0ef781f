/** Durations in milliseconds, kept whole (eight bytes each) so that percentiles are exact and adding costs nothing. */
export function createLatencies() {
  let kept = new Float64Array(16_384)
  let length = 0
  return {
    add(milliseconds: number) {
      if (length === kept.length) {
        const larger = new Float64Array(kept.length * 2)
        larger.set(kept)
        kept = larger
      }
      kept[length++] = milliseconds
    },
    /** The duration that a share of all (0.5, 0.99) did not exceed; 0 when there is none. */
    percentiles(...shares: number[]): number[] {
      const sorted = kept.slice(0, length).sort()
      return shares.map((share) => sorted[Math.max(0, Math.ceil(share * length) - 1)] ?? 0)
    },
  }
}
