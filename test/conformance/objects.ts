/** Objects that several tests create. Nothing runs their containers. */
export function pod(name: string, more: Readonly<Record<string, unknown>> = {}): object {
  return { metadata: { name, labels: { name } }, spec: { containers: [CONTAINER], ...more } }
}

const CONTAINER = { name: 'main', image: 'registry.k8s.io/pause:3.10' }

/** A ReplicationController of Pods with the label `name`. */
export function replicationController(name: string, replicas: number): object {
  const selector = { name }
  const template = { metadata: { labels: selector }, spec: { containers: [CONTAINER] } }
  return { metadata: { name }, spec: { replicas, selector, template } }
}

/** A Deployment or ReplicaSet of Pods with the label `name`. */
export function replicated(name: string, replicas: number): object {
  const selector = { matchLabels: { name } }
  const template = { metadata: { labels: { name } }, spec: { containers: [CONTAINER] } }
  return { metadata: { name, labels: { name } }, spec: { replicas, selector, template } }
}
