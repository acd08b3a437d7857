import { Pod } from '../../../api/core/v1/pod.ts'
import { containersOf } from '../../../api/core/v1/pod-containers.ts'
import { aggregate } from '../../../apimachinery/go-format.ts'
import { formatFieldError, unsupported } from '../../../schema/field-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, oldObjectOf, unchanged } from './about.ts'
import { refusal } from './refuse.ts'

const ALWAYS = 'Always'

/**
 * Has each node ask the registry for each image, so that nobody runs private images of others just because they are on
 * the node already. Off unless asked for.
 */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  operations: ['CREATE', 'UPDATE'],
  admit(attributes) {
    if (!isConcerned(attributes)) return unchanged(attributes)
    const pod = objectOf(attributes, Pod)
    const { containers, initContainers, ephemeralContainers, volumes } = pod.spec
    const spec = {
      ...pod.spec,
      containers: containers.map(pulled),
      ...(initContainers && { initContainers: initContainers.map(pulled) }),
      ...(ephemeralContainers && { ephemeralContainers: ephemeralContainers.map(pulled) }),
      ...(volumes && {
        volumes: volumes.map((volume) =>
          volume.image ? { ...volume, image: { ...volume.image, pullPolicy: ALWAYS } } : volume,
        ),
      }),
    }
    return admitted({ ...pod, spec })
  },
  validate(attributes) {
    if (!isConcerned(attributes)) return
    const { spec } = objectOf(attributes, Pod)
    const errors = containersOf(spec).flatMap(([{ imagePullPolicy }, path]) =>
      imagePullPolicy === ALWAYS
        ? []
        : [unsupported(`${path}.imagePullPolicy`, imagePullPolicy, [ALWAYS])],
    )
    if (errors.length > 0) throw refusal(attributes, aggregate(errors.map(formatFieldError)))
  },
}

function pulled<T extends object>(container: T): T {
  return { ...container, imagePullPolicy: ALWAYS }
}

// What changes no image must go on to work for Pods that are older than the plugin.
function isConcerned(attributes: AdmissionAttributes): boolean {
  return isAbout(attributes, Pod) && !isUpdateWithoutNewImages(attributes)
}

/** Whether an update brings no image that the Pod does not have already. */
export function isUpdateWithoutNewImages(attributes: AdmissionAttributes): boolean {
  if (attributes.operation !== 'UPDATE') return false
  const known = new Set(imagesOf(oldObjectOf(attributes, Pod)))
  return imagesOf(objectOf(attributes, Pod)).every((image) => known.has(image))
}

export function imagesOf({ spec }: Pick<Pod, 'spec'>): readonly string[] {
  return containersOf(spec).map(([{ image }]) => image ?? '')
}
