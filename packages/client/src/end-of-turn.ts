/** In Node only; a page has neither the function nor, with this name, anything else. */
declare const setImmediate: ((run: () => void) => unknown) | undefined

/**
 * Runs it once when everything that is already due has run, so that what many handlers ask for at one time can go out
 * together. Not with a timer: browsers make those wait, up to a second in a page that nobody looks at.
 */
export function endOfTurn(run: () => void): void {
  if (typeof setImmediate === 'function') {
    setImmediate(run)
    return
  }
  const { port1, port2 } = new MessageChannel()
  ;(port1 as unknown as { onmessage: () => void }).onmessage = () => {
    port1.close()
    run()
  }
  port2.postMessage(undefined)
}
