import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { forbidden } from '../../../apimachinery/status-error.ts'
import { apiVersionOf } from '../../../schema/resource.ts'
import type { RegistryEnvironment } from '../../registry/environment.ts'
import { createResource, type ResourceHooks } from '../../registry/resource.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import { NeedsConversion } from '../../registry/needs-conversion.ts'
import { renaming, type Converter } from '../conversion/converter.ts'
import { versionStore } from '../conversion/version-store.ts'
import { customBodySchema } from './body-schema.ts'
import { columnPrinter } from './columns.ts'
import { customClass } from './custom-class.ts'
import { customManagedTypes, type ManagedVersions } from './managed.ts'
import { schemaRules, type SchemaRules } from './rules.ts'
import { customScaleVerbs } from './scale.ts'
import { storedReader } from './stored-reader.ts'
import { customStrategy, type CelRules } from './strategy.ts'
import { typeOfObject } from './type-schema.ts'

export interface CustomKindsOptions {
  readonly env: RegistryEnvironment
  /** The conversion by webhook of a definition. */
  readonly webhookConverter: (definition: CustomResourceDefinition) => Converter
  readonly celRules: (rules: SchemaRules) => CelRules | undefined
  /** Whether the definition is being deleted, so that nothing new may be created. */
  readonly isTerminating: () => boolean
}

/** One version of a custom resource, served or not. */
export interface CustomKind extends ServedKind {
  readonly isServed: boolean
}

/** The kinds that a definition makes, one for each version. What they need is compiled when it is first asked for. */
export function customKinds(
  definition: CustomResourceDefinition,
  options: CustomKindsOptions,
): readonly CustomKind[] {
  const { group, versions, conversion } = definition.spec
  const isWebhook = conversion?.strategy === 'Webhook'
  const convert = isWebhook ? options.webhookConverter(definition) : renaming
  const rules = new Map(
    versions.map((version) => [
      apiVersionOf({ group, version: version.name }),
      schemaRules(version.schema?.openAPIV3Schema ?? {}),
    ]),
  )
  const managed: ManagedVersions = {
    schemas: new Map(
      [...rules].map(([apiVersion, { schema }]) => [apiVersion, once(() => typeOfObject(schema))]),
    ),
    convert: isWebhook
      ? NeedsConversion.converting(convert)
      : (object, apiVersion) => ({ ...object, apiVersion }),
  }
  return versions.map((version) =>
    customKind(definition, version, { ...options, convert, rules, managed }),
  )
}

interface Shared extends CustomKindsOptions {
  readonly convert: Converter
  readonly rules: ReadonlyMap<string, SchemaRules>
  readonly managed: ManagedVersions
}

function customKind(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  shared: Shared,
): CustomKind {
  const { subresources } = version
  const type = customClass(definition, version)
  const apiVersion = apiVersionOf(type.resource)
  const rules = shared.rules.get(apiVersion)!
  const strategy = customStrategy(version, rules, shared.celRules(rules))
  const env = { ...shared.env, store: storeOf(definition, apiVersion, shared) }
  const { group, plural, kind } = type.resource
  const hooks: ResourceHooks = {
    objectOf: storedReader({ type, strategy, rules, freeze: env.freeze }),
    reserve: (object, old) => {
      if (!old && shared.isTerminating()) {
        const text = 'create not allowed while custom resource definition is terminating'
        throw forbidden({ group, resource: plural }, object.metadata.name ?? '', text)
      }
      return { object, commit: nothing, rollback: nothing }
    },
  }
  const hasStatus = subresources?.status !== undefined
  const warning = deprecationOf(version, `${apiVersion} ${kind}`)
  return {
    type,
    strategy,
    resource: createResource(type, strategy, env, hooks),
    schema: customBodySchema(
      { group, version: version.name, kind },
      rules.schema,
      () => rules.complete,
    ),
    isServed: version.served,
    printer: columnPrinter(version.additionalPrinterColumns, env.clock),
    managedType: customManagedTypes(type, hasStatus, shared.managed),
    ...(subresources?.scale && { special: { scale: customScaleVerbs(subresources.scale) } }),
    ...(warning !== undefined && { deprecation: warning }),
  }
}

/** The store itself wherever all that is stored is of this version. */
function storeOf(
  { spec, status }: CustomResourceDefinition,
  apiVersion: string,
  { env, convert }: Shared,
): RegistryEnvironment['store'] {
  const storage = spec.versions.find((each) => each.storage)!
  const storedAs = apiVersionOf({ group: spec.group, version: storage.name })
  const isStorage = apiVersion === storedAs
  const isUniform = status.storedVersions.every((each) => each === storage.name)
  if (isStorage && isUniform) return env.store
  return versionStore({ store: env.store, apiVersion, storedAs, convert })
}

function deprecationOf(
  { deprecated, deprecationWarning }: CustomResourceDefinitionVersion,
  what: string,
): string | undefined {
  return deprecated ? (deprecationWarning ?? `${what} is deprecated`) : undefined
}

function nothing(): void {
  // Nothing was reserved.
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
