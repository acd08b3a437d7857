import type { Toleration } from '../../../api/core/v1/toleration.ts'
import { findUntoleratedTaint, toleratesTaint } from '../../../api/core/v1/tolerations.ts'
import { ADD, NODE_TAINT, on, POD_TOLERATION, queueIf } from '../../framework/cluster-event.ts'
import { stateKey } from '../../framework/cycle-state.ts'
import { normalizeScores, type Plugin } from '../../framework/plugin.ts'
import { SKIP, unresolvable } from '../../framework/status.ts'

const UNTOLERATED = unresolvable('node(s) had untolerated taint(s)')
const REPELLING = ['NoSchedule', 'NoExecute'] as const
const preferring = stateKey<readonly Toleration[]>('PreScoreTaintToleration')

/** Keeps Pods off nodes with taints they do not tolerate, and prefers nodes with fewer that ask to be left alone. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  events: [
    on('Node', ADD | NODE_TAINT, ({ spec }, { after }) =>
      queueIf(!findUntoleratedTaint(after?.spec.taints, spec.tolerations, REPELLING)),
    ),
    on('UnscheduledPod', POD_TOLERATION, (pod, { after }) =>
      queueIf(after?.metadata.uid === pod.metadata.uid),
    ),
  ],
  looksAt: ({ pod: { spec } }) => spec.tolerations ?? null,
  filter(_state, { pod: { spec } }, { node }) {
    const { taints } = node.spec
    if (taints === undefined || taints.length === 0) return undefined
    return findUntoleratedTaint(taints, spec.tolerations, REPELLING) ? UNTOLERATED : undefined
  },
  preScore(state, { pod: { spec } }, _nodes, all) {
    if (!all.hasSoftTaints) return SKIP
    const tolerations = (spec.tolerations ?? []).filter(
      ({ effect }) => !effect || effect === 'PreferNoSchedule',
    )
    state.write(preferring, tolerations)
    return undefined
  },
  score(state, _pod, { node }) {
    const { taints } = node.spec
    if (taints === undefined || taints.length === 0) return 0
    const tolerations = state.read(preferring)!
    return taints.filter(
      (taint) =>
        taint.effect === 'PreferNoSchedule' &&
        !tolerations.some((each) => toleratesTaint(each, taint)),
    ).length
  },
  normalize: (_state, _pod, scores) => normalizeScores(scores, true),
}
