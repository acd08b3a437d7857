import { parseApiVersion, type GroupVersionKind } from '../../../apimachinery/gvk.ts'
import type { ServedKind } from '../../registry/served-kind.ts'
import type { AdmissionAttributes } from '../plugin.ts'

type Json = Readonly<Record<string, unknown>>

/** The request as webhooks and expressions see it, without its objects. */
export function requestValue(attributes: AdmissionAttributes, matched: ServedKind): Json {
  const { served, subresource, operation, user, dryRun } = attributes
  const namespace = namespaceOf(attributes)
  return {
    kind: kindOf(attributes, matched),
    resource: resourceOf(matched),
    ...(subresource !== '' && { subResource: subresource }),
    requestKind: kindOf(attributes, served),
    requestResource: resourceOf(served),
    ...(subresource !== '' && { requestSubResource: subresource }),
    ...(attributes.name !== '' && { name: attributes.name }),
    ...(namespace !== '' && { namespace }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid !== undefined && { uid: user.uid }),
      groups: user.groups,
      ...(user.extra && { extra: user.extra }),
    },
    dryRun,
    options: operation === 'CONNECT' ? null : optionsOf(attributes),
  }
}

/** The namespace of a request; a Namespace is in itself. */
export function namespaceOf({ type, namespace, name }: AdmissionAttributes): string {
  const { group, plural } = type.resource
  return namespace === '' && group === '' && plural === 'namespaces' ? name : namespace
}

const OPTIONS = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' }

function optionsOf({ operation, dryRun }: AdmissionAttributes): Json {
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: OPTIONS[operation as keyof typeof OPTIONS],
    ...(dryRun && { dryRun: ['All'] }),
  }
}

function resourceOf({ type }: ServedKind): Json {
  const { group, version, plural } = type.resource
  return { group, version, resource: plural }
}

function kindOf(
  { object, subresource }: AdmissionAttributes,
  { type }: ServedKind,
): GroupVersionKind {
  const { group, version, kind, subresources } = type.resource
  if (subresource === '') return { group, version, kind }
  const declared = subresources.find(({ name }) => name === subresource)
  // A subresource may be of the kind of the whole object although it is declared otherwise: what is there counts.
  const { kind: own, apiVersion } = (object ?? {}) as { kind?: string; apiVersion?: string }
  if (own && apiVersion && own !== kind) return { ...parseApiVersion(apiVersion), kind: own }
  if (own === kind || !declared) return { group, version, kind }
  return { group: declared.group, version: declared.version, kind: declared.kind }
}
