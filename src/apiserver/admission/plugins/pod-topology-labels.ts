import { Binding } from '../../../api/core/v1/binding.ts'
import { Node } from '../../../api/core/v1/node.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, unchanged } from './about.ts'

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

/** Tells Pods by labels in which zone and region their node is (KEP-4742). */
export function podTopologyLabels(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    operations: ['CREATE'],
    async admit(attributes) {
      const name = nodeOf(attributes)
      const node = name ? await live.get(Node, { name }) : undefined
      const labels = topologyOf(node)
      if (Object.keys(labels).length === 0) return unchanged(attributes)
      const object = attributes.object as unknown as Pick<Pod, 'metadata'>
      const { metadata } = object
      return admitted({
        ...object,
        metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
      })
    },
  }
}

function nodeOf(attributes: AdmissionAttributes): string | undefined {
  if (isAbout(attributes, Pod, 'binding') || isAbout(attributes, Binding)) {
    return (attributes.object as unknown as Binding).target.name
  }
  return isAbout(attributes, Pod) ? (attributes.object as unknown as Pod).spec.nodeName : undefined
}

function topologyOf(node: Node | undefined): Readonly<Record<string, string>> {
  const labels = node?.metadata.labels ?? {}
  return Object.fromEntries(Object.entries(labels).filter(([key]) => LABELS.includes(key)))
}
