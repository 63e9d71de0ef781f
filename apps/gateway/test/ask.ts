/** A promise of what the client hands to its callback; it calls some of them twice, and a promise hears once. */
export const ask = (object: any, method: string, ...args: unknown[]): Promise<any> =>
  new Promise((resolve, reject) => {
    object[method](...args, (error: Error | null, body: unknown) => (error ? reject(error) : resolve(body)))
  })
