import type { ResourceInfo } from '../schema/resource.ts'
import { ParseError } from './parse-error.ts'

export interface GroupVersion {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
}

export interface GroupKind {
  readonly group: string
  readonly kind: string
}

export interface GroupResource {
  readonly group: string
  /** The plural, such as `pods`. */
  readonly resource: string
}

export interface GroupVersionKind extends GroupVersion, GroupKind {}
export interface GroupVersionResource extends GroupVersion, GroupResource {}

/** Something that is served as a resource: the class of a kind. */
export interface Served {
  readonly resource: Pick<ResourceInfo, 'group' | 'version' | 'kind' | 'plural'>
}

/** `deployments.apps`, or `pods` for the core group. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`
}

/** `Deployment.apps`, or `Pod` for the core group. */
export function formatGroupKind({ group, kind }: GroupKind): string {
  return group === '' ? kind : `${kind}.${group}`
}

/** `apps/v1, Kind=Deployment`, as Kubernetes' messages name a kind. */
export function formatGroupVersionKind({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}, Kind=${kind}`
}

/** The reverse of `formatGroupResource()`. */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.')
  if (dot < 0) return { group: '', resource: text }
  return { group: text.slice(dot + 1), resource: text.slice(0, dot) }
}

/** Reads an `apiVersion`: `GROUP/VERSION`, or `VERSION` for the core group. Throws `ParseError`. */
export function parseApiVersion(text: string): GroupVersion {
  if (text === '' || text === '/') return { group: '', version: '' }
  const parts = text.split('/')
  if (parts.length > 2) throw new ParseError(`unexpected GroupVersion string: ${text}`)
  return parts.length === 1
    ? { group: '', version: text }
    : { group: parts[0]!, version: parts[1]! }
}

/** The kind that an object says it is. Throws `ParseError` when its apiVersion is none. */
export function gvkOf(object: {
  readonly apiVersion: string
  readonly kind: string
}): GroupVersionKind {
  return { ...parseApiVersion(object.apiVersion), kind: object.kind }
}

/** The group and plural of a class, or of what names them already. */
export function groupResourceOf(of: GroupResource | Served): GroupResource {
  return isServed(of) ? { group: of.resource.group, resource: of.resource.plural } : of
}

/** The group and kind of a class, or of what names them already. */
export function groupKindOf(of: GroupKind | Served): GroupKind {
  return isServed(of) ? { group: of.resource.group, kind: of.resource.kind } : of
}

function isServed(of: GroupResource | GroupKind | Served): of is Served {
  return 'resource' in of && typeof of.resource === 'object'
}

/**
 * Orders versions as discovery does: stable before beta before alpha, higher numbers first, then what is no version
 * by its letters. Negative where `a` goes first.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)]
  if (!left || !right) {
    if (left) return -1
    if (right) return 1
    return a < b ? -1 : a > b ? 1 : 0
  }
  const stage = (STAGES[left[2] ?? ''] ?? 0) - (STAGES[right[2] ?? ''] ?? 0)
  if (stage !== 0) return stage
  return Number(right[1]) - Number(left[1]) || Number(right[3] ?? 0) - Number(left[3] ?? 0)
}

const VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/
const STAGES: Readonly<Record<string, number>> = { '': 0, beta: 1, alpha: 2 }
