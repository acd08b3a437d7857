import { test, type TestContext } from 'node:test'
import { behaviours } from './behaviours.ts'

const KNOWN: ReadonlySet<string> = new Set(behaviours().map(({ codename }) => codename))

interface ConformanceOptions {
  /** Why it cannot be shown here; false where it can. */
  readonly skip?: string | false
}

/**
 * Registers a test that shows a behaviour of Kubernetes' conformance suite, under its codename, which must be written
 * out at the call: `coverage.ts` finds it there. Throws where there is no such behaviour.
 */
export function conformance(
  codename: string,
  show: (t: TestContext) => Promise<void>,
  { skip = false }: ConformanceOptions = {},
): void {
  if (!KNOWN.has(codename)) throw new Error(`No such behaviour: ${codename}`)
  void test(codename, { skip }, show)
}
