import { LOCAL_PATH_PROVISIONER } from '../../api/storage/v1/local-path.ts'
import { StorageClass } from '../../api/storage/v1/storage-class.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import { controller, type Controller } from '../../controller-runtime/index.ts'

const NAME = 'local-path'
const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class'

/**
 * Sees to the StorageClass `local-path` once at each start, as the default one where there is no other. What users make
 * of it stays; where they delete it, it is away until the next start.
 */
export function localPathClass(name: string): Controller {
  let isDue = true
  return controller(name, {
    queueName: 'local_path_class',
    for: StorageClass,
    changed: () => false,
    sources(_, add) {
      add({ name: NAME })
      return { [Symbol.dispose]: () => undefined }
    },

    async reconcile({ metadata }) {
      if (metadata.name === NAME) isDue = false
    },

    async gone(key, { client, cache }) {
      if (key.name !== NAME || !isDue) return
      const hasDefault = cache
        .list(StorageClass)
        .some(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true')
      try {
        await client.create(StorageClass, {
          metadata: { name: NAME, ...(!hasDefault && { annotations: { [IS_DEFAULT]: 'true' } }) },
          provisioner: LOCAL_PATH_PROVISIONER,
          reclaimPolicy: 'Delete',
          volumeBindingMode: 'WaitForFirstConsumer',
        })
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
      }
      isDue = false
    },
  })
}
