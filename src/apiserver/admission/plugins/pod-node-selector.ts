import { Namespace } from '../../../api/core/v1/namespace.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'
import { refusal } from './refuse.ts'

export type NodeLabels = Readonly<Record<string, string>>

/** The labels that nodes of a namespace's Pods must have, by namespace; `clusterDefaultNodeSelector` for all others. */
export type NodeSelectors = Readonly<Record<string, NodeLabels>>

const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector'
const DEFAULT = 'clusterDefaultNodeSelector'

/** Keeps the Pods of a namespace to the nodes that it may use. Off unless asked for. */
export function podNodeSelector(live: LiveObjects, selectors: NodeSelectors = {}): AdmissionPlugin {
  return {
    name: 'PodNodeSelector',
    operations: ['CREATE'],
    async admit(attributes) {
      if (!isAbout(attributes, Pod)) return unchanged(attributes)
      const pod = objectOf(attributes, Pod)
      const wanted = await selectorOf(attributes, live, selectors)
      const { nodeSelector = {} } = pod.spec
      const conflicts = Object.entries(wanted).some(
        ([key, value]) => (nodeSelector[key] ?? value) !== value,
      )
      if (conflicts) {
        const text = 'pod node label selector conflicts with its namespace node label selector'
        throw refusal(attributes, text)
      }
      const merged = { ...wanted, ...nodeSelector }
      if (Object.keys(merged).length === 0) return unchanged(attributes)
      return admitted({ ...pod, spec: { ...pod.spec, nodeSelector: merged } })
    },
    validate(attributes) {
      if (!isAbout(attributes, Pod)) return
      const allowed = Object.hasOwn(selectors, attributes.namespace)
        ? selectors[attributes.namespace]!
        : {}
      if (Object.keys(allowed).length === 0) return
      const { nodeSelector = {} } = objectOf(attributes, Pod).spec
      const isWithin = Object.entries(nodeSelector).every(([key, value]) => allowed[key] === value)
      if (isWithin) return
      const text = 'pod node label selector labels conflict with its namespace whitelist'
      throw refusal(attributes, text)
    },
  }
}

async function selectorOf(
  { namespace: name }: AdmissionAttributes,
  live: LiveObjects,
  selectors: NodeSelectors,
): Promise<NodeLabels> {
  const namespace = await live.get(Namespace, { name })
  const annotated = namespace?.metadata.annotations?.[ANNOTATION]
  return annotated === undefined ? (selectors[DEFAULT] ?? {}) : parseNodeLabels(annotated)
}

/** `a=b,c=d`. Throws an Error in upstream's words. */
export function parseNodeLabels(text: string): NodeLabels {
  const parts = text === '' ? [] : text.split(',')
  return Object.fromEntries(
    parts.map((part) => {
      const [key = '', value, ...more] = part.split('=')
      if (value === undefined || more.length > 0)
        throw new Error(`invalid selector: ${parts.join(',')}`)
      return [key.trim(), value.trim()]
    }),
  )
}
