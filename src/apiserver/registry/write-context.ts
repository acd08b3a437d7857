import type { StrategyContext } from '../../api/strategy.ts'
import { badRequest } from '../../apimachinery/status-error.ts'
import { withMetadata, type ApiObject } from './api-object.ts'
import type { Resource } from './resource.ts'

/** What admission has to say about a write to one object. */
export interface ObjectAdmission {
  /** May change the object. */
  admit(object: ApiObject, old: ApiObject | undefined): ApiObject | Promise<ApiObject>
  /** May refuse that the object is deleted. */
  admitDeletion(old: ApiObject): void | Promise<void>
  /** May only refuse. */
  validate(object: ApiObject, old: ApiObject | undefined): void | Promise<void>
}

/** A write as the registry sees it, whatever its verb. */
export interface WriteContext extends StrategyContext {
  /** Empty for cluster-scoped resources. */
  readonly namespace: string
  readonly dryRun: boolean
  readonly admission: ObjectAdmission
  /** Tells the client something without failing the request. */
  readonly warn: (message: string) => void
}

/** The object in the namespace of the request. Throws `BadRequest` where it names another one. */
export function inNamespace(resource: Resource, object: ApiObject, namespace: string): ApiObject {
  const own = object.metadata.namespace ?? ''
  const expected = resource.info.namespaced ? namespace : ''
  if (own === expected) return object
  if (expected === '') return withMetadata(object, { namespace: undefined })
  if (own === '') return withMetadata(object, { namespace: expected })
  throw otherNamespace()
}

/** An object names another namespace than the path. */
export function otherNamespace(): Error {
  return badRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  )
}
