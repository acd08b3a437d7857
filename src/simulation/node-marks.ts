/** The label that tells simulated nodes from real ones. */
export const SIMULATED = 'trierarch.io/simulated'

/** Nodes with this annotation, whoever makes them, are simulated: `fake` is kwok's word. */
export const FAKE_NODE = 'kwok.x-k8s.io/node'

/** The labels that a kubelet gives to its node, and ours. */
export function nodeLabels(name: string): Readonly<Record<string, string>> {
  return {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    [SIMULATED]: 'true',
  }
}
