import { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { IngressClass } from '../../../api/networking/v1/ingress-class.ts'
import { Ingress } from '../../../api/networking/v1/ingress.ts'
import { StorageClass } from '../../../api/storage/v1/storage-class.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'
import { refusal } from './refuse.ts'

const STORAGE_DEFAULTS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]
const INGRESS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class'
const STORAGE_CLASS_BETA = 'volume.beta.kubernetes.io/storage-class'
const INGRESS_CLASS_OLD = 'kubernetes.io/ingress.class'

type Class = Pick<StorageClass, 'metadata'>

/** Gives claims that name no storage class the default one: of several, the newest. */
export function defaultStorageClass(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    operations: ['CREATE'],
    async admit(attributes) {
      if (!isAbout(attributes, PersistentVolumeClaim)) return unchanged(attributes)
      const claim = objectOf(attributes, PersistentVolumeClaim)
      const { metadata, spec } = claim
      const hasOwn = metadata.annotations?.[STORAGE_CLASS_BETA] !== undefined
      if (hasOwn || spec.storageClassName !== undefined) return unchanged(attributes)
      const [found] = defaultsOf(await live.list(StorageClass), STORAGE_DEFAULTS)
      if (!found) return unchanged(attributes)
      return admitted({ ...claim, spec: { ...spec, storageClassName: found.metadata.name } })
    },
  }
}

/** Gives Ingresses that name no class the default one. */
export function defaultIngressClass(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    operations: ['CREATE'],
    async admit(attributes) {
      if (!isAbout(attributes, Ingress)) return unchanged(attributes)
      const ingress = objectOf(attributes, Ingress)
      const { metadata, spec } = ingress
      const hasOwn = metadata.annotations?.[INGRESS_CLASS_OLD] !== undefined
      if (hasOwn || spec?.ingressClassName !== undefined) return unchanged(attributes)
      const defaults = defaultsOf(await live.list(IngressClass), [INGRESS_DEFAULT])
      const [found] = defaults
      if (!found) return unchanged(attributes)
      if (defaults.length > 1) {
        const text = `${defaults.length} default IngressClasses were found, only 1 allowed`
        throw refusal(attributes, `Internal error occurred: ${text}`)
      }
      return admitted({ ...ingress, spec: { ...spec, ingressClassName: found.metadata.name } })
    },
  }
}

/** The classes marked as default, the newest first; those of one age by their names. */
function defaultsOf<T extends Class>(
  classes: readonly T[],
  annotations: readonly string[],
): readonly T[] {
  return classes
    .filter(({ metadata }) => annotations.some((each) => metadata.annotations?.[each] === 'true'))
    .toSorted(
      ({ metadata: a }, { metadata: b }) =>
        b.creationTimestamp.localeCompare(a.creationTimestamp) || a.name.localeCompare(b.name),
    )
}
