import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import { APIService, type APIServiceSpec } from '../../api/apiregistration/v1/api-service.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import type { Registry } from '../registry/registry.ts'
import { builtInPriority, CUSTOM_PRIORITY, type Priority } from './priorities.ts'

/** Says that an APIService is kept by the server: created at its start, or whenever it differs. */
const MANAGED = 'kube-aggregator.kubernetes.io/automanaged'

type Managed = 'onstart' | 'true'

interface Desired {
  readonly name: string
  readonly managed: Managed
  readonly spec: APIServiceSpec
}

export interface AutoRegisterOptions {
  readonly registry: Registry
  /** Called once registering each version that is built in has been tried. */
  readonly onTried: () => void
  /** Called once all of them are registered. */
  readonly onRegistered: () => void
}

/**
 * Registers what the server itself answers: a local APIService for each version that is built in, made once after the
 * start, and one for each version of custom resources, for as long as that is served (kube-aggregator's
 * autoregister_controller.go and kube-apiserver's crdregistration_controller.go).
 */
export function autoRegister(options: AutoRegisterOptions): Controller {
  const builtIn = new Map(builtInVersions(options.registry).map((each) => [each.name, each]))
  const untried = new Set(builtIn.keys())
  const waiting = new Set(builtIn.keys())
  let startMs = 0
  const wantedFor = (name: string, { cache }: Pass): Desired | undefined =>
    builtIn.get(name) ??
    (cache.count(BY_SERVICE, name) > 0 ? desired(name, CUSTOM_PRIORITY, 'true') : undefined)

  const trying = async (name: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      if (waiting.delete(name) && waiting.size === 0) options.onRegistered()
    } finally {
      if (untried.delete(name) && untried.size === 0) options.onTried()
    }
  }
  return controller('autoregister', {
    for: APIService,
    watches: [
      watch(CustomResourceDefinition, (definition) =>
        servedNames(definition).map((name) => ({ name })),
      ),
    ],
    sources({ clock }, add) {
      startMs = clock.now()
      for (const name of builtIn.keys()) add({ name })
      return { [Symbol.dispose]: () => undefined }
    },
    reconcile(current, pass) {
      const { name } = current.metadata
      const wanted = wantedFor(name, pass)
      // What another server has registered since is that one's business.
      const isOld = Date.parse(current.metadata.creationTimestamp ?? '') < startMs
      const isStart = wanted ? waiting.has(name) : isOld
      return trying(name, () => keep(current, wanted, isStart, pass))
    },
    gone({ name }, pass) {
      const wanted = wantedFor(name, pass)
      // Who deletes what is built in wants it gone until the next start.
      const isWanted = wanted && (wanted.managed === 'true' || waiting.has(name))
      return trying(name, async () => {
        if (isWanted) await create(wanted, pass)
      })
    },
  })
}

async function keep(
  current: APIService,
  wanted: Desired | undefined,
  isStart: boolean,
  { client }: Pass,
): Promise<void> {
  const managed = current.metadata.labels?.[MANAGED]
  if (managed !== 'true' && (managed !== 'onstart' || !isStart)) return
  if (!wanted) {
    await client.delete(APIService, current.metadata).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  } else if (!equal(current.spec, wanted.spec)) {
    await client.update(APIService, { ...current, spec: wanted.spec })
  }
}

async function create({ name, managed, spec }: Desired, { client }: Pass): Promise<void> {
  await client.create(APIService, { metadata: { name, labels: { [MANAGED]: managed } }, spec })
}

function builtInVersions(registry: Registry): readonly Desired[] {
  const versions = new Map<string, Desired>()
  for (const { type } of registry.all()) {
    const { group, version } = type.resource
    const priority = builtInPriority(group, version)
    const name = `${version}.${group}`
    if (priority) versions.set(name, desired(name, priority, 'onstart'))
  }
  return [...versions.values()]
}

function desired(name: string, priority: Priority, managed: Managed): Desired {
  const dot = name.indexOf('.')
  const group = name.slice(dot + 1)
  return {
    name,
    managed,
    spec: {
      ...(group !== '' && { group }),
      version: name.slice(0, dot),
      groupPriorityMinimum: priority.group,
      versionPriority: priority.version,
    },
  }
}

const BY_SERVICE = indexBy(CustomResourceDefinition, 'APIServices', servedNames)

function servedNames({ spec }: CustomResourceDefinition): readonly string[] {
  return spec.versions.filter(({ served }) => served).map(({ name }) => `${name}.${spec.group}`)
}
