const NAME = /^[A-Za-z0-9+/;.$_()][A-Za-z0-9+/;.$_()-]{0,199}$/

/** Whether a queue of this name can be reached as a tube: 1 to 200 bytes, only some marks (contract section 3). */
export const isTubeName = (text: string): boolean => NAME.test(text)

/** The whole rest of a line as a tube name; undefined for anything else, one more space included. */
export const readTubeName = (rest: string): string | undefined => (isTubeName(rest) ? rest : undefined)
