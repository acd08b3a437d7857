import type { FlowSchema } from '../../api/flowcontrol/v1/flow-schema.ts'
import type {
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
} from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import {
  MANDATORY_FLOW_SCHEMAS,
  MANDATORY_PRIORITY_LEVELS,
} from '../../api/flowcontrol/v1/mandatory.ts'
import type { FlowAttributes } from './flow-attributes.ts'
import { flowSchemaMatcher } from './flow-schema-matcher.ts'

/** A FlowSchema, ready to classify. */
export interface SchemaEntry {
  readonly name: string
  readonly uid: string
  readonly level: string
  readonly distinguish: 'ByUser' | 'ByNamespace' | undefined
  readonly matches: (attributes: FlowAttributes) => boolean
}

export interface LevelEntry {
  readonly uid: string
  readonly spec: PriorityLevelConfigurationSpec
}

export interface FlowConfiguration {
  /** In the order in which they are asked; the last one, `catch-all`, takes whatever is left. */
  readonly schemas: readonly SchemaEntry[]
  readonly levels: ReadonlyMap<string, LevelEntry>
}

/**
 * What the objects mean. The mandatory ones are there even where they are not stored (yet), and a schema whose level
 * does not exist is passed over.
 */
export function flowConfiguration(
  flowSchemas: readonly FlowSchema[],
  priorityLevels: readonly PriorityLevelConfiguration[],
): FlowConfiguration {
  const levels = new Map<string, LevelEntry>()
  for (const [name, spec] of Object.entries(MANDATORY_PRIORITY_LEVELS)) {
    levels.set(name, { uid: '', spec })
  }
  for (const { metadata, spec } of priorityLevels) {
    levels.set(metadata.name, { uid: metadata.uid ?? '', spec })
  }
  const stored = new Set(flowSchemas.map(({ metadata }) => metadata.name))
  const missing = Object.entries(MANDATORY_FLOW_SCHEMAS)
    .filter(([name]) => !stored.has(name))
    .map(([name, spec]) => ({ metadata: { name }, spec }))
  const schemas = [...flowSchemas, ...missing]
    .filter(({ spec }) => levels.has(spec.priorityLevelConfiguration.name))
    .toSorted(byPrecedence)
    .map(entryOf)
  return { schemas, levels }
}

interface NamedSchema {
  readonly metadata: { readonly name: string; readonly uid?: string }
  readonly spec: FlowSchema['spec']
}

function byPrecedence(a: NamedSchema, b: NamedSchema): number {
  const difference = a.spec.matchingPrecedence - b.spec.matchingPrecedence
  if (difference !== 0) return difference
  return a.metadata.name < b.metadata.name ? -1 : 1
}

function entryOf({ metadata, spec }: NamedSchema): SchemaEntry {
  const method = spec.distinguisherMethod?.type
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    level: spec.priorityLevelConfiguration.name,
    distinguish: method === 'ByUser' || method === 'ByNamespace' ? method : undefined,
    matches: flowSchemaMatcher(spec),
  }
}

/** The first schema that is about the request. */
export function schemaFor({ schemas }: FlowConfiguration, attributes: FlowAttributes): SchemaEntry {
  for (const schema of schemas) if (schema.matches(attributes)) return schema
  // Nobody is neither authenticated nor not, but an object that is not as it must be may have come first.
  return schemas.at(-1)!
}

/** What tells the flows of a schema apart. */
export function distinguisherOf({ distinguish }: SchemaEntry, attributes: FlowAttributes): string {
  if (distinguish === 'ByUser') return attributes.user.name
  if (distinguish === 'ByNamespace' && attributes.type === 'resource') return attributes.namespace
  return ''
}
