import { vi } from 'vitest'

// `vi.waitFor` gives up after a second unless it is told otherwise, and there is no setting for that.
const { waitFor } = vi
vi.waitFor = (callback, options = 20_000) => waitFor(callback, options)
