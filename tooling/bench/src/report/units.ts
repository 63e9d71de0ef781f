/** Figures as a person reads them. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en')
export const megabytes = (bytes: number): string => whole(bytes / 1_000_000)
export const milliseconds = (value: number): string => value.toFixed(2)
