import type { DeviceSelector } from '../../../api/resource/v1/common.ts'
import { recent } from '../../../base/recent.ts'
import { celEnvironment, celTypes, compileCel, DEVICE, type Program } from '../../../cel/index.ts'
import type { PoolDevice } from './device-pools.ts'

/** An expression that cannot be compiled or evaluated. The Pod cannot be scheduled until somebody mends it. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}

const PROGRAMS = { count: 100, lengthMax: 10 * 1024 }
const ANSWERS_MAX = 32 // Of one device.
const ENVIRONMENT = celEnvironment({ variables: { device: DEVICE } })

/** Asks selectors of devices. Programs are compiled once. */
export class DeviceSelectors {
  readonly #program = recent(programOf, PROGRAMS)
  readonly #inputs = new WeakMap<PoolDevice, object>()
  /** What expressions said of devices. */
  readonly #answers = new WeakMap<PoolDevice, Map<string, boolean>>()

  /** Whether a device meets all selectors. `where` names whose they are, for errors. Throws `SelectorError`. */
  matches(selectors: readonly DeviceSelector[], device: PoolDevice, where: string): boolean {
    return selectors.every(({ cel }, i) => {
      const fail = (problem: string): never => {
        throw new SelectorError(`${where}: selector #${i}: ${problem}`)
      }
      if (!cel) return fail('CEL expression empty (unsupported selector type?)')
      const answers = this.#answers.getOrInsertComputed(device, () => new Map<string, boolean>())
      const known = answers.get(cel.expression)
      if (known !== undefined) return known
      const program = this.#program(cel.expression)
      if ('problem' in program) return fail(`CEL compile error: ${program.problem}`)
      const result = program.evaluate({ device: this.#input(device) })
      if (!result.ok) return fail(`CEL runtime error: ${result.error}`)
      if (typeof result.value === 'boolean') {
        if (answers.size < ANSWERS_MAX) answers.set(cel.expression, result.value)
        return result.value
      }
      return fail('CEL runtime error: CEL result could not be converted to bool')
    })
  }

  #input(device: PoolDevice): object {
    const known = this.#inputs.get(device)
    if (known) return known
    const made = inputOf(device)
    this.#inputs.set(device, made)
    return made
  }
}

function programOf(expression: string): Program | { readonly problem: string } {
  const compiled = compileCel(expression, ENVIRONMENT)
  if (!compiled.ok) return { problem: `compilation failed: ${compiled.message}` }
  const { type } = compiled.program
  if (type === celTypes.BOOL || type === celTypes.DYN) return compiled.program
  const name = celTypes.formatType(type)
  return { problem: `must evaluate to bool or the unknown type, not ${name}` }
}

function inputOf({ driver, device }: PoolDevice): object {
  const capacity = Object.entries(device.capacity ?? {}).map(
    ([name, { value }]) => [name, value] as const,
  )
  return {
    driver,
    attributes: byDomain(Object.entries(device.attributes ?? {}), driver),
    capacity: byDomain(capacity, driver),
  }
}

function byDomain(entries: Iterable<readonly [string, unknown]>, driver: string): object {
  const domains: Record<string, Record<string, unknown>> = {}
  for (const [qualified, value] of entries) {
    const [domain, name] = splitName(qualified, driver)
    ;(domains[domain] ??= {})[name] = value
  }
  return domains
}

/** The domain of a name, which is the driver's where none is written, and what is left. */
export function splitName(qualified: string, driver: string): readonly [string, string] {
  const slash = qualified.indexOf('/')
  return slash < 0 ? [driver, qualified] : [qualified.slice(0, slash), qualified.slice(slash + 1)]
}
