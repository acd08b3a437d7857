import type { Controller } from '../../controller-runtime/index.ts'
import { localPathClass } from './default-class.ts'
import { localPathProvisioner } from './provision.ts'
import { localPathRemover } from './remove-volume.ts'

const NAME = 'local-path-provisioner-controller'

/**
 * The built-in StorageClass `local-path`: volumes that are directories on the node of their first Pod. The volume is made
 * here, its directory by the agent of that node when the first Pod mounts it, and removed by it as well. On simulated
 * nodes there is no directory.
 */
export const localPathProvisionerController: Controller = {
  name: NAME,
  eventSource: 'trierarch.io/local-path',
  start(context) {
    const stack = new AsyncDisposableStack()
    for (const each of [localPathClass, localPathProvisioner, localPathRemover])
      stack.use(each(NAME).start(context))
    return stack
  },
}
