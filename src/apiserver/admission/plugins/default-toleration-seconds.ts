import { Pod } from '../../../api/core/v1/pod.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'

const SECONDS = 300
const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** Has Pods stay for a while on a node that does not answer, unless they say themselves for how long. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  operations: ['CREATE', 'UPDATE'],
  admit(attributes) {
    if (!isAbout(attributes, Pod)) return unchanged(attributes)
    const pod = objectOf(attributes, Pod)
    const { tolerations = [] } = pod.spec
    const missing = KEYS.filter((key) => !tolerations.some((each) => isAboutNode(each, key)))
    if (missing.length === 0) return unchanged(attributes)
    const added = missing.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: SECONDS,
    }))
    return admitted({ ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...added] } })
  },
}

interface Toleration {
  readonly key?: string
  readonly effect?: string
}

// Without a key it is about all taints, without an effect about all effects.
function isAboutNode({ key = '', effect = '' }: Toleration, wanted: string): boolean {
  return (key === wanted || key === '') && (effect === 'NoExecute' || effect === '')
}
