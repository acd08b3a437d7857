import type { Input } from '../schema/message.ts'
import type { CustomResourceDefinition } from '../api/apiextensions/v1/custom-resource-definition.ts'
import { dynamicClass } from '../client/dynamic-class.ts'

const GROUP = 'metrics.k8s.io'
const VERSION = 'v1beta1'

/** The metrics of Pods and nodes, as resources that are stored: nothing else serves them where nothing is real. */
export const POD_METRICS = dynamicClass({
  group: GROUP,
  version: VERSION,
  kind: 'PodMetrics',
  plural: 'pods',
  namespaced: true,
})

export const NODE_METRICS = dynamicClass({
  group: GROUP,
  version: VERSION,
  kind: 'NodeMetrics',
  plural: 'nodes',
  namespaced: false,
})

/** Their definitions. */
export const USAGE_DEFINITIONS: readonly Input<CustomResourceDefinition>[] = [
  POD_METRICS,
  NODE_METRICS,
].map(({ resource: { kind, plural, namespaced } }) => ({
  metadata: {
    name: `${plural}.${GROUP}`,
    // The group is Kubernetes' own, and this is what it defines.
    annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/metrics' },
  },
  spec: {
    group: GROUP,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
}))
