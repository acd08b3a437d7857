import { Namespace } from '../../../api/core/v1/namespace.ts'
import { notFound } from '../../../apimachinery/status-error.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { isAbout, unchanged } from './about.ts'
import { refusal } from './refuse.ts'

const IMMORTAL: readonly string[] = ['default', 'kube-system', 'kube-public']

/** Lets nothing be made in a namespace that is not there or is about to go, and the system's own ones live. */
export function namespaceLifecycle(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    async admit(attributes) {
      const { operation, namespace, name } = attributes
      if (
        attributes.type.resource.plural === 'namespaces' &&
        attributes.type.resource.group === ''
      ) {
        const isDeletion = operation === 'DELETE' && isAbout(attributes, Namespace)
        if (isDeletion && IMMORTAL.includes(name)) {
          throw refusal(attributes, 'this namespace may not be deleted')
        }
      } else if (namespace !== '' && operation !== 'DELETE') {
        await checkNamespace(live, attributes)
      }
      return unchanged(attributes)
    },
  }
}

async function checkNamespace(live: LiveObjects, attributes: AdmissionAttributes): Promise<void> {
  const { operation, namespace: name } = attributes
  const namespace = await live.get(Namespace, { name })
  if (!namespace) throw notFound(Namespace, name)
  if (operation !== 'CREATE' || namespace.status.phase !== 'Terminating') return
  throw refusal(
    attributes,
    `unable to create new content in namespace ${name} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${name} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  )
}
