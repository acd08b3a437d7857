import type { ResourceClass } from '../../schema/resource.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { ApiObject } from '../registry/api-object.ts'
import type { ObjectAdmission } from '../registry/write-context.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { AdmissionAttributes, AdmissionOperation, AdmissionPlugin } from './plugin.ts'
import { Reinvocation } from './reinvocation.ts'

/** What admission is told of a request, whatever object it turns out to be about. */
export interface AdmissionRequest {
  readonly type: ResourceClass
  /** The version in which it came. */
  readonly served: ServedKind
  readonly subresource: string
  readonly namespace: string
  /** Empty where the object is yet to be named. */
  readonly name: string
  readonly user: UserInfo
  readonly dryRun: boolean
  readonly warn: (message: string) => void
  readonly annotate?: (key: string, value: string) => void
}

/** Asks all plugins about one write: first those that change the object, later those that judge it. */
export function admissionOf(
  plugins: readonly AdmissionPlugin[],
  request: AdmissionRequest,
): ObjectAdmission {
  const attributes = (
    operation: AdmissionOperation,
    object: ApiObject | undefined,
    oldObject: ApiObject | undefined,
    reinvocation = new Reinvocation(),
  ): AdmissionAttributes => ({
    ...request,
    name: request.name || (object?.metadata.name ?? ''),
    operation,
    object,
    oldObject,
    reinvocation,
  })
  return {
    async admit(object, old) {
      const operation = old ? 'UPDATE' : 'CREATE'
      const reinvocation = new Reinvocation()
      let about = attributes(operation, object, old, reinvocation)
      do {
        for (const plugin of plugins) {
          if (!plugin.admit || !plugin.operations.includes(operation)) continue
          const answer = plugin.admit(about)
          const admitted = answer instanceof Promise ? await answer : answer
          // Most plugins have nothing to do with most objects.
          if (admitted !== about.object)
            about = attributes(operation, admitted as ApiObject, old, reinvocation)
        }
      } while (reinvocation.begin())
      return about.object as ApiObject
    },
    async validate(object, old) {
      const operation = old ? 'UPDATE' : 'CREATE'
      await validateAll(plugins, attributes(operation, object, old))
    },
    async admitDeletion(old) {
      const about = attributes('DELETE', undefined, old)
      for (const plugin of plugins) {
        if (plugin.operations.includes('DELETE')) await plugin.admit?.(about)
      }
      await validateAll(plugins, about)
    },
  }
}

/** Asks all plugins whether a stream may be opened: exec, attach, port-forward, proxy. */
export async function admitConnect(
  plugins: readonly AdmissionPlugin[],
  request: AdmissionRequest,
  options: ApiObject,
): Promise<void> {
  const attributes: AdmissionAttributes = {
    ...request,
    operation: 'CONNECT',
    object: options,
    oldObject: undefined,
    reinvocation: new Reinvocation(),
  }
  let admitted: AdmissionAttributes = attributes
  for (const plugin of plugins) {
    if (!plugin.admit || !plugin.operations.includes('CONNECT')) continue
    admitted = { ...admitted, object: await plugin.admit(admitted) }
  }
  await validateAll(plugins, admitted)
}

async function validateAll(
  plugins: readonly AdmissionPlugin[],
  attributes: AdmissionAttributes,
): Promise<void> {
  for (const plugin of plugins) {
    if (!plugin.operations.includes(attributes.operation)) continue
    const answer = plugin.validate?.(attributes)
    if (answer) await answer
  }
}
