/** RFC 3339 in UTC, in whole seconds (contract v3 1.1). */
export const wholeSeconds = (moment: Date): string => moment.toISOString().replace(/\.\d+Z$/, 'Z')
