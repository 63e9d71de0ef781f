/** What a target cannot be measured for on this machine, in a sentence; the run goes on without it. */
export class LeftOut extends Error {}
