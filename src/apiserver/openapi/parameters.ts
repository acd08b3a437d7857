import type { FieldInfo } from '../../schema/field.ts'
import { perMessage } from '../../schema/memo.ts'
import type { MessageClass } from '../../schema/message.ts'
import type { Parameter } from './operation.ts'

function query(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, in: 'query', type, description }
}

function path(name: string, description: string): Parameter {
  return { name, in: 'path', type: 'string', description }
}

const PRETTY = query(
  'pretty',
  'string',
  "If 'true', the output is indented. Defaults to 'false', but for browsers, curl and wget.",
)

const NAMESPACE = path('namespace', 'Name of the namespace.')

export const PROXY_PATH: Parameter = path('path', 'The path to ask for.')

// One object for each, so that paths find out which parameters their operations share.
const nameOf = perMessage((kind) => path('name', `Name of the ${kind.name}.`))

const DRY_RUN = query(
  'dryRun',
  'string',
  "'All' runs every stage without storing anything. Unset makes the change.",
)
const FIELD_MANAGER = query(
  'fieldManager',
  'string',
  'Name of whoever makes the change; up to 128 printable characters. Needed to apply.',
)
const FIELD_VALIDATION = query(
  'fieldValidation',
  'string',
  'What becomes of unknown or duplicate fields: Ignore drops them, Warn warns of them, Strict refuses them. Defaults to Warn.',
)
const FORCE = query(
  'force',
  'boolean',
  'Takes fields over from other managers instead of failing with a conflict. To apply only.',
)

/** Options of POST and PUT. */
export const WRITE: readonly Parameter[] = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION]
/** Options of PATCH. */
export const PATCH: readonly Parameter[] = [...WRITE, FORCE]

/** Options of DELETE. */
export const DELETE: readonly Parameter[] = [
  DRY_RUN,
  query(
    'gracePeriodSeconds',
    'integer',
    'Seconds before the object goes away; 0 means at once. Defaults to what its kind says.',
  ),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Deletes an object that cannot be read from storage, skipping finalizers. Unsafe.',
  ),
  query(
    'orphanDependents',
    'boolean',
    'Whether to leave dependents in place. Deprecated: use propagationPolicy.',
  ),
  query(
    'propagationPolicy',
    'string',
    'What becomes of dependents: Orphan, Background or Foreground. The default depends on the kind and its finalizers.',
  ),
]

/** Which objects are meant, and which state of them. */
const SELECTION: readonly Parameter[] = [
  query('continue', 'string', 'Goes on with a list where the last answer ended.'),
  query('fieldSelector', 'string', 'Fields that objects must have. Defaults to everything.'),
  query('labelSelector', 'string', 'Labels that objects must have. Defaults to everything.'),
  query('limit', 'integer', 'How many objects to give at most; the rest follows with continue.'),
  query('resourceVersion', 'string', 'How fresh the answer must be, or where a watch begins.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  query(
    'sendInitialEvents',
    'boolean',
    'Begins a watch with the objects that are there, and a bookmark behind them.',
  ),
  query('timeoutSeconds', 'integer', 'How long the call may take, whatever happens.'),
]

/** Options of a list. */
export const LIST: readonly Parameter[] = [
  query(
    'allowWatchBookmarks',
    'boolean',
    'Asks for BOOKMARK events, which carry a resourceVersion alone.',
  ),
  ...SELECTION,
  query('watch', 'boolean', 'Gives changes as they come instead of a list.'),
]

/** Options of DELETE on a collection. */
export const DELETE_COLLECTION: readonly Parameter[] = [...DELETE, ...SELECTION]

/** What names the object, or the collection, and how it is shown. */
export function placeParameters(
  kind: MessageClass,
  { named, namespaced }: { readonly named: boolean; readonly namespaced: boolean },
): readonly Parameter[] {
  return [...(named ? [nameOf(kind)] : []), ...(namespaced ? [NAMESPACE] : []), PRETTY]
}

/** The fields of an options message, as parameters of a query. */
export const parametersOf: (options: MessageClass) => readonly Parameter[] = perMessage((options) =>
  Object.entries(options.fields).flatMap(([name, { info }]) =>
    info.tag === 0 ? [] : [query(name, typeOf(info), info.doc)],
  ),
)

function typeOf({ type }: FieldInfo): Parameter['type'] {
  if (type === 'bool') return 'boolean'
  return type === 'int32' || type === 'int64' ? 'integer' : 'string'
}
