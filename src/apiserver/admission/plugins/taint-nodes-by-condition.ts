import { Node } from '../../../api/core/v1/node.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'

const TAINT = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

/** Keeps Pods off a new node until it has been seen to be ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  operations: ['CREATE'],
  admit(attributes) {
    if (!isAbout(attributes, Node)) return unchanged(attributes)
    const node = objectOf(attributes, Node)
    const { taints = [] } = node.spec ?? {}
    const has = taints.some(({ key, effect }) => key === TAINT.key && effect === TAINT.effect)
    if (has) return unchanged(attributes)
    return admitted({ ...node, spec: { ...node.spec, taints: [...taints, TAINT] } })
  },
}
