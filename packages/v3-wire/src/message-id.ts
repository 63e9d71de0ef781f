/**
 * A message id on the wire: 10^18 plus the core's id, so always 19 digits and never a number that JavaScript rounds
 * (contract v3 1.1). `id` is a positive safe integer.
 */
export const toWireId = (id: number): string => '1' + String(id).padStart(18, '0')

/** The core's id in a wire id; undefined for any string that no message can have. */
export function fromWireId(wireId: string): number | undefined {
  if (!/^1\d{18}$/.test(wireId)) return undefined
  const id = Number(wireId.slice(1))
  return Number.isSafeInteger(id) && id > 0 ? id : undefined
}
