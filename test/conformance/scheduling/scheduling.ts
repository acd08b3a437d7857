import assert from 'node:assert/strict'
import type { Suite } from '../suite.node.ts'
import type { Wire } from '../rest.node.ts'

/** An extended resource of which each node has a few: what Pods ask for that fill nodes. */
const RESOURCE = 'scheduling.k8s.io/foo'
const EACH = 5

interface PodShape {
  readonly name: string
  readonly node?: string
  readonly amount?: number
  readonly priorityClassName?: string
  readonly more?: object
}

/** A Pod that asks for some of the resource, on one node or on any. */
export function podAsking({ name, node, amount = 0, priorityClassName, more }: PodShape): object {
  const limits = amount > 0 ? { [RESOURCE]: String(amount) } : {}
  const named = { key: 'metadata.name', operator: 'In', values: [node] }
  const terms = { nodeSelectorTerms: [{ matchFields: [named] }] }
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: terms }
  return {
    metadata: { name, labels: { name } },
    spec: {
      containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10', resources: { limits } }],
      ...(node !== undefined && { affinity: { nodeAffinity } }),
      ...(priorityClassName !== undefined && { priorityClassName }),
      terminationGracePeriodSeconds: 0,
      ...more,
    },
  }
}

/** Gives a node some of the resource. */
export async function offerResource({ rest }: Suite, node: string): Promise<void> {
  const amounts = { [RESOURCE]: String(EACH) }
  const status = { capacity: amounts, allocatable: amounts }
  await rest.patch(`/api/v1/nodes/${node}/status`, { status })
}

export const WHOLE_NODE = EACH

export function nodeOf(pod: Wire): string | undefined {
  return (pod['spec'] as { readonly nodeName?: string }).nodeName
}

/** Waits until a Pod has a node. Answers with its name. */
export async function untilPlaced({ cluster, rest }: Suite, path: string): Promise<string> {
  return cluster.eventually(async () => nodeOf(await rest.get(path)) ?? false)
}

/** Waits until the scheduler has said that a Pod fits nowhere. Answers with what it said. */
export function untilRefused({ cluster, rest }: Suite, path: string): Promise<string> {
  return cluster.eventually(async () => {
    const pod = await rest.get(path)
    assert.equal(nodeOf(pod), undefined)
    const { conditions = [] } = pod['status'] as {
      conditions?: readonly { type: string; reason?: string; message?: string }[]
    }
    const condition = conditions.find(({ type }) => type === 'PodScheduled')
    return condition?.reason === 'Unschedulable' && (condition.message ?? '')
  })
}
