/** A NUMA node of the machine. */
export interface NumaNode {
  readonly id: number
  /** What it has of `memory` and of huge pages such as `hugepages-2Mi`, in bytes. Huge pages are not memory. */
  readonly memory: Readonly<Record<string, number>>
  /** How far other nodes and itself are, in the kernel's measure. */
  readonly distances: ReadonlyMap<number, number>
}
