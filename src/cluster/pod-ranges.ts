/** The addresses of Pods where nobody says otherwise: for 256 nodes. */
export const POD_RANGE = '10.244.0.0/16'

/** The same for simulated nodes, of which there may be 16,384. It holds the other one, so that no node has to move. */
export const SIMULATED_POD_RANGE = '10.192.0.0/10'

/** The addresses of Pods in a cluster whose nodes are of this kind. A range that somebody has chosen stays. */
export function podRange(chosen: string, node: 'containerd' | 'simulated' | 'none'): string {
  return chosen === POD_RANGE && node === 'simulated' ? SIMULATED_POD_RANGE : chosen
}
