import { equal } from '../../apimachinery/equality.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { FlowSchema } from '../../api/flowcontrol/v1/flow-schema.ts'
import {
  PriorityLevelConfiguration,
  type PriorityLevelConfigurationSpec,
} from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { LiveObjects } from '../live/live-objects.ts'
import { MANDATORY, SUGGESTED } from './bootstrap-objects.ts'

/** Says whether the server may bring the object's spec up to date. */
export const AUTOUPDATE = 'apf.kubernetes.io/autoupdate-spec'
const MANAGER = { fieldManager: 'api-priority-and-fairness-config-producer-v1' }

interface Configured<Spec> {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly generation?: number
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: Spec
}

/**
 * Creates what is missing of the objects that ought to be there, and corrects what may be corrected. What an earlier
 * release suggested and this one does not goes away, unless somebody has made it theirs.
 */
export async function ensureFlowObjects(live: LiveObjects): Promise<void> {
  await Promise.all([ensureMandatory(live), ensureSuggested(live)])
  await Promise.all([
    removeFormer(live, FlowSchema, { ...MANDATORY.flowSchemas, ...SUGGESTED.flowSchemas }),
    removeFormer(live, PriorityLevelConfiguration, {
      ...MANDATORY.priorityLevels,
      ...SUGGESTED.priorityLevels,
    }),
  ])
}

/** The mandatory objects alone: they must be there, and as they must be, at all times. */
export async function ensureMandatory(live: LiveObjects): Promise<void> {
  await Promise.all([
    ensureAll(live, FlowSchema, MANDATORY.flowSchemas, () => true),
    ensureAll(live, PriorityLevelConfiguration, MANDATORY.priorityLevels, () => true, keepExempt),
  ])
}

async function ensureSuggested(live: LiveObjects): Promise<void> {
  await Promise.all([
    ensureAll(live, FlowSchema, SUGGESTED.flowSchemas, isAutomatic),
    ensureAll(live, PriorityLevelConfiguration, SUGGESTED.priorityLevels, isAutomatic),
  ])
}

// Whoever has edited an object since it was made, and did not say otherwise, wants it that way.
function isAutomatic({ metadata }: Configured<unknown>): boolean {
  const mark = metadata.annotations?.[AUTOUPDATE]
  return mark === undefined ? metadata.generation === 1 : mark === 'true'
}

async function removeFormer<T extends Configured<unknown>>(
  live: LiveObjects,
  type: ResourceClass<T>,
  specs: Readonly<Record<string, unknown>>,
): Promise<void> {
  const former = (await live.list(type)).filter(
    ({ metadata }) =>
      metadata.annotations?.[AUTOUPDATE] === 'true' && !Object.hasOwn(specs, metadata.name),
  )
  for (const { metadata } of former) {
    const { name, uid, resourceVersion } = metadata
    try {
      await live.client.delete(type, { name }, { preconditions: { uid, resourceVersion } })
    } catch (error) {
      // Somebody was faster, to remove it or to make it theirs.
      if (!isConflict(error) && !isNotFound(error)) throw error
    }
  }
}

// The seats that exempt requests lend are the administrator's to choose.
function keepExempt(
  wanted: PriorityLevelConfigurationSpec,
  stored: PriorityLevelConfigurationSpec,
): PriorityLevelConfigurationSpec {
  return wanted.exempt && stored.exempt ? { ...wanted, exempt: stored.exempt } : wanted
}

async function ensureAll<Spec, T extends Configured<Spec>>(
  live: LiveObjects,
  type: ResourceClass<T>,
  specs: Readonly<Record<string, Spec>>,
  mayUpdate: (stored: T) => boolean,
  adapt: (wanted: Spec, stored: Spec) => Spec = (wanted) => wanted,
): Promise<void> {
  const stored = new Map((await live.list(type)).map((each) => [each.metadata.name, each]))
  const ensure = async ([name, spec]: readonly [string, Spec]): Promise<void> => {
    let current = stored.get(name)
    for (let attempt = 1; ; attempt++) {
      try {
        return await (current
          ? bringUpToDate(live, type, current, adapt(spec, current.spec), mayUpdate(current))
          : create(live, type, name, spec))
      } catch (error) {
        // Another server may do the same just now.
        const isPassing = isAlreadyExists(error) || isConflict(error) || isNotFound(error)
        if (attempt === ATTEMPTS_MAX || !isPassing) throw error
      }
      current = await live.get(type, { name })
    }
  }
  await Promise.all(Object.entries(specs).map(ensure))
}

const ATTEMPTS_MAX = 5

async function create<T>(
  live: LiveObjects,
  type: ResourceClass<T>,
  name: string,
  spec: unknown,
): Promise<void> {
  const object = { metadata: { name, annotations: { [AUTOUPDATE]: 'true' } }, spec }
  await live.client.create(type, object as never, MANAGER)
}

async function bringUpToDate<Spec, T extends Configured<Spec>>(
  live: LiveObjects,
  type: ResourceClass<T>,
  stored: T,
  spec: Spec,
  mayUpdate: boolean,
): Promise<void> {
  const annotations = { ...stored.metadata.annotations, [AUTOUPDATE]: String(mayUpdate) }
  const wanted = {
    ...stored,
    metadata: { ...stored.metadata, annotations },
    spec: mayUpdate ? spec : stored.spec,
  }
  if (!equal(wanted, stored)) await live.client.update(type, wanted, MANAGER)
}
