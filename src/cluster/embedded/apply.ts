import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import type { Client } from '../../client/client.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'

export interface ApplyOptions {
  readonly client: Client
  /** Everything that the server serves now. */
  readonly served: () => readonly ResourceClass[]
  /** Waits for something that is soon to be true. */
  readonly eventually: (holds: () => boolean) => Promise<unknown>
}

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly items?: readonly Manifest[]
}

const FIELD_MANAGER = 'trierarch'

/** Applies all objects of a YAML text in order, as `kubectl apply --server-side --force-conflicts` does. */
export async function applyYaml(
  options: ApplyOptions,
  yaml: string,
): Promise<readonly AnyObject[]> {
  const manifests = parseYamlDocuments(yaml)
    .map(({ value }) => value as Manifest)
    .flatMap((each) => (each.kind === 'List' ? (each.items ?? []) : [each]))
  const applied: AnyObject[] = []
  for (const manifest of manifests) applied.push(await applyOne(options, manifest))
  return applied
}

async function applyOne(options: ApplyOptions, manifest: Manifest): Promise<AnyObject> {
  const { kind, metadata } = manifest
  if (!metadata?.name) throw new Error(`Cannot apply a ${kind}: metadata.name is missing`)
  const type = await typeOf(options, manifest)
  const namespace = type.resource.namespaced ? { namespace: metadata.namespace ?? 'default' } : {}
  const key = { name: metadata.name, ...namespace }
  const parameters = { fieldManager: FIELD_MANAGER, force: true }
  const applied = await options.client.patch(type, key, 'apply', manifest, parameters)
  return applied as AnyObject
}

/** A kind that has a definition is waited for: it is served a little later than its definition is stored. */
async function typeOf(options: ApplyOptions, manifest: Manifest): Promise<ResourceClass> {
  const find = (): ResourceClass | undefined =>
    options
      .served()
      .find(
        ({ resource }) =>
          resource.kind === manifest.kind && apiVersionOf(resource) === manifest.apiVersion,
      )
  const known = find()
  if (known) return known
  const { items } = await options.client.list(CustomResourceDefinition)
  if (!items.some((each) => defines(each, manifest))) {
    const [kind, version] = [manifest.kind, manifest.apiVersion].map((each) => JSON.stringify(each))
    throw new Error(`no matches for kind ${kind} in version ${version}`)
  }
  await options.eventually(() => find() !== undefined)
  return find()!
}

function defines({ spec }: CustomResourceDefinition, { apiVersion, kind }: Manifest): boolean {
  return (
    spec.names.kind === kind &&
    spec.versions.some(
      ({ name }) => apiVersionOf({ group: spec.group, version: name }) === apiVersion,
    )
  )
}
