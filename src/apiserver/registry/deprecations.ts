import type { ResourceInfo } from '../../schema/resource.ts'

/** By `VERSION KIND` of the core group: since when, and what to use instead. */
const DEPRECATED: Readonly<Record<string, string>> = {
  'v1 ComponentStatus': 'v1 ComponentStatus is deprecated in v1.19+',
  'v1 Endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
}

/** What to tell whoever uses a kind that will go away. */
export function deprecationWarning({ group, version, kind }: ResourceInfo): string | undefined {
  return group === '' ? DEPRECATED[`${version} ${kind}`] : undefined
}
