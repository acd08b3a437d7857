import { ADD, NODE_LABEL, NODE_TAINT, on } from '../../framework/cluster-event.ts'
import type { Plugin } from '../../framework/plugin.ts'
import { unresolvable } from '../../framework/status.ts'

const MISMATCH = unresolvable("node(s) didn't match the requested node name")

/** Keeps a Pod that names its node to that node. */
export const nodeName: Plugin = {
  name: 'NodeName',
  events: [on('Node', ADD | NODE_LABEL | NODE_TAINT)],
  looksAt: ({ pod: { spec } }) => spec.nodeName ?? null,
  filter(_state, { pod: { spec } }, node) {
    return spec.nodeName && spec.nodeName !== node.name ? MISMATCH : undefined
  },
}
