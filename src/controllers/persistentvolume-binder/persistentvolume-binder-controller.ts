import type { Controller } from '../../controller-runtime/index.ts'
import { claimBinder } from './claim-binder.ts'
import { volumeBinder } from './volume-binder.ts'

const NAME = 'persistentvolume-binder-controller'

/** Brings claims and volumes together. See https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */
export const persistentVolumeBinder: Controller = {
  name: NAME,
  eventSource: 'persistentvolume-controller',
  start(context) {
    const stack = new AsyncDisposableStack()
    stack.use(claimBinder(NAME).start(context))
    stack.use(volumeBinder(NAME).start(context))
    return stack
  },
}
