import type { Resident } from '../machine/resident.ts'
import type { Measured } from '../scenarios/measure.ts'
import type { Scenario } from '../scenarios/scenario.ts'

/** One operation of one scenario in one round; the memory is that of the measured process during the scenario. */
export type Row = Measured & { scenario: Scenario; round: number; resident: Resident }
