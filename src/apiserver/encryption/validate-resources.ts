import { atIndex, type FieldError, invalid } from '../../schema/field-error.ts'
import { parseGroupResource } from './encryption-configuration.ts'

/** What is wrong with one list of resources to encrypt. */
export function validateResources(path: string, resources: readonly string[]): FieldError[] {
  return [
    ...overlaps(path, resources),
    ...resources.flatMap((name, i) => wrong(atIndex(path, i), name)),
  ]
}

const DUPLICATE = 'the same resource cannot be specified multiple times'
const OVERLAP =
  "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"

function overlaps(path: string, resources: readonly string[]): FieldError[] {
  const names = new Set(resources)
  const errors: FieldError[] = []
  if (names.size < resources.length) errors.push(invalid(path, resources, DUPLICATE))
  const isMasked = [...names].some((name) => {
    const { group, resource } = parseGroupResource(name)
    if (resource !== '*') return false
    return [...names].some(
      (other) => other !== name && (group === '*' || parseGroupResource(other).group === group),
    )
  })
  if (isMasked) errors.push(invalid(path, resources, OVERLAP))
  return errors
}

const NOT_SERVED = new Set([
  'apiserveripinfo',
  'serviceipallocations',
  'servicenodeportallocations',
])

function wrong(path: string, name: string): FieldError[] {
  const why = reason(name)
  return why === undefined ? [] : [invalid(path, name, why)]
}

function reason(name: string): string | undefined {
  if (name.toLowerCase() !== name) return 'resource name should not contain capital letters'
  if (name === '*')
    return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
  if (NOT_SERVED.has(name)) return 'resources which do not have REST API/s cannot be encrypted'
  const { group, resource } = parseGroupResource(name)
  if (group === 'events.k8s.io')
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"
  if (group === 'extensions')
    return "'extensions' group has been removed and cannot be used for encryption"
  if (group === '*' && resource !== '*')
    return 'encrypting the same resource across groups is not supported'
  return undefined
}
