import type { Rest, Wire } from '../rest.node.ts'

export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

export interface Version {
  readonly name: string
  readonly served?: boolean
  readonly storage?: boolean
  readonly schema?: object
  readonly [field: string]: unknown
}

/** Anything goes. */
export const OPEN_SCHEMA = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** A definition of PLURAL.GROUP, whose kind is called after its plural. */
export function definition(
  plural: string,
  versions: readonly Version[],
  {
    group = 'example.com',
    labels = {},
    ...spec
  }: {
    readonly group?: string
    readonly labels?: object
    readonly conversion?: object
  } = {},
): Record<string, unknown> & { metadata: { name: string } } {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels } as { name: string },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: plural.slice(0, -1), kind: kindOf(plural) },
      versions: versions.map(({ schema = OPEN_SCHEMA, ...version }, i) => ({
        served: true,
        storage: i === 0,
        schema: { openAPIV3Schema: schema },
        ...version,
      })),
      ...spec,
    },
  }
}

export function kindOf(plural: string): string {
  return `${plural.charAt(0).toUpperCase()}${plural.slice(1, -1)}`
}

/** Creates a definition, and resolves once it is established. */
export async function define(rest: Rest, body: ReturnType<typeof definition>): Promise<Wire> {
  await rest.post(DEFINITIONS, body)
  return established(rest, body.metadata.name)
}

/** Resolves with a definition once something holds of it. */
export async function whenDefinition(
  rest: Rest,
  name: string,
  holds: (definition: Wire) => boolean,
): Promise<Wire> {
  using watch = await rest.watch(`${DEFINITIONS}?watch=1&fieldSelector=metadata.name=${name}`)
  for (;;) {
    const { object } = await watch.next()
    if (holds(object)) return object
  }
}

function established(rest: Rest, name: string): Promise<Wire> {
  return whenDefinition(rest, name, ({ status }) => {
    const { conditions = [] } = status as {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    }
    return conditions.some((each) => each.type === 'Established' && each.status === 'True')
  })
}

/** Deletes a definition, and resolves once it is gone. */
export async function undefine(rest: Rest, name: string): Promise<void> {
  const { metadata } = await rest.get(`${DEFINITIONS}/${name}`)
  using watch = await rest.watch(
    `${DEFINITIONS}?watch=1&fieldSelector=metadata.name=${name}&resourceVersion=${metadata.resourceVersion}`,
  )
  await rest.delete(`${DEFINITIONS}/${name}`)
  for (;;) if ((await watch.next()).type === 'DELETED') return
}
