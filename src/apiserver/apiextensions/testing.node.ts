import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import type { Client } from '../../client/client.ts'
import { createClient } from '../../client/create-client.ts'
import type { Transport } from '../../client/transport.ts'
import { ResourceCalls, startTestServer } from '../testing.node.ts'
import type { TestApiServer, TestApiServerOptions } from '../testing.ts'

export interface CrdServer extends AsyncDisposable {
  readonly api: TestApiServer
  readonly client: Client
  readonly transport: Transport
  /** Creates a definition, and resolves once it is established. */
  define(definition: object): Promise<CustomResourceDefinition>
  /** Resolves once a condition of a definition has a status. */
  whenCondition(name: string, type: string, status: string): Promise<CustomResourceDefinition>
  /** Resolves once a definition is gone. */
  whenGone(name: string): Promise<void>
  /** Calls on the objects of a definition, in a version or else in its first. */
  objects(definition: CustomResourceDefinition, namespace?: string, version?: string): ResourceCalls
  readonly definitions: ResourceCalls
}

/** A test server with what tests of custom resources do again and again. */
export async function startCrdServer(
  options: Partial<TestApiServerOptions> = {},
): Promise<CrdServer> {
  const api = await startTestServer(options)
  const { transport } = api
  const client = createClient(transport)
  const definitions = new ResourceCalls(
    transport,
    'apiextensions.k8s.io/v1',
    'customresourcedefinitions',
  )
  const whenCondition = async (
    name: string,
    type: string,
    status: string,
  ): Promise<CustomResourceDefinition> => {
    const fieldSelector = `metadata.name=${name}`
    for await (const event of client.watch(CustomResourceDefinition, { fieldSelector })) {
      if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue
      const { conditions } = event.object.status
      if (conditions.some((each) => each.type === type && each.status === status)) {
        return event.object
      }
    }
    throw new Error('the watch has ended')
  }
  return {
    api,
    client,
    transport,
    definitions,
    whenCondition,
    async define(definition) {
      const created = await definitions.create(definition)
      return whenCondition(created.metadata.name!, 'Established', 'True')
    },
    async whenGone(name) {
      const fieldSelector = `metadata.name=${name}`
      const { items, resourceVersion } = await client.list(CustomResourceDefinition, {
        fieldSelector,
      })
      if (items.length === 0) return
      const options = { fieldSelector, resourceVersion }
      for await (const event of client.watch(CustomResourceDefinition, options)) {
        if (event.type === 'DELETED') return
      }
    },
    objects({ spec }, namespace, version = spec.versions[0]!.name) {
      return new ResourceCalls(transport, `${spec.group}/${version}`, spec.names.plural, namespace)
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}

/** A definition of `crontabs.stable.example.com`, with a schema of the spec. */
export function crontabs(spec: object = {}, version: object = {}, more: object = {}): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'crontabs.stable.example.com' },
    spec: {
      group: 'stable.example.com',
      scope: 'Namespaced',
      names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', shortNames: ['ct'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec } } },
          },
          ...version,
        },
      ],
      ...more,
    },
  }
}

/** A CronTab. */
export function crontab(name: string, spec: object = {}, more: object = {}): object {
  return {
    apiVersion: 'stable.example.com/v1',
    kind: 'CronTab',
    metadata: { name },
    spec,
    ...more,
  }
}
