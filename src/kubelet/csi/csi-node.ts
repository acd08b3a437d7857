import { Node } from '../../api/core/v1/node.ts'
import { CSINode } from '../../api/storage/v1/csi-node.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client } from '../../client/client.ts'
import type { CsiDriver } from './csi-driver.ts'

const NODE_IDS = 'csi.volume.kubernetes.io/nodeid'

type Described = Pick<CsiDriver, 'name' | 'nodeId' | 'topology' | 'volumesMax'>
type DriverEntry = CSINode['spec']['drivers'][number]

/** Shows the drivers of this node in its CSINode, which is made where it is missing, and in its Node. */
export class CsiNodeWriter {
  readonly #client: Client
  readonly #nodeName: string

  constructor(client: Client, nodeName: string) {
    this.#client = client
    this.#nodeName = nodeName
  }

  /** Makes the CSINode, so that whoever looks for drivers sees that there are none. */
  async ensure(): Promise<void> {
    await this.#change((drivers) => drivers)
  }

  async add(driver: Described): Promise<void> {
    await this.#annotate((ids) => ({ ...ids, [driver.name]: driver.nodeId }), driver.topology)
    await this.#change((drivers) => [
      ...drivers.filter(({ name }) => name !== driver.name),
      entryOf(driver),
    ])
  }

  async remove(name: string): Promise<void> {
    await this.#change((drivers) => drivers.filter((each) => each.name !== name))
    await this.#annotate((ids) => {
      const { [name]: _, ...rest } = ids
      return rest
    }, {})
  }

  async #change(next: (drivers: readonly DriverEntry[]) => readonly DriverEntry[]): Promise<void> {
    const key = { name: this.#nodeName }
    for (;;) {
      try {
        const found = await this.#client.get(CSINode, key)
        const drivers = next(found.spec.drivers)
        if (equal(drivers, found.spec.drivers)) return
        await this.#client.update(CSINode, { ...found, spec: { drivers } })
        return
      } catch (error) {
        if (isNotFound(error)) await this.#create()
        else if (!isConflict(error)) throw error
      }
    }
  }

  async #create(): Promise<void> {
    const { metadata } = await this.#client.get(Node, { name: this.#nodeName })
    const { name, uid } = metadata
    const owner = { apiVersion: 'v1', kind: 'Node', name, uid }
    try {
      await this.#client.create(CSINode, {
        metadata: { name, ownerReferences: [owner] },
        spec: { drivers: [] },
      })
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
  }

  async #annotate(
    next: (ids: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
    labels: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { metadata } = await this.#client.get(Node, { name: this.#nodeName })
    const before = metadata.annotations?.[NODE_IDS]
    const ids = next(before === undefined ? {} : (JSON.parse(before) as Record<string, string>))
    const text = Object.keys(ids).length === 0 ? null : JSON.stringify(ids)
    const isShown =
      (before ?? null) === text &&
      Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value)
    if (isShown) return
    const patch = { metadata: { annotations: { [NODE_IDS]: text }, labels } }
    await this.#client.patch(Node, { name: this.#nodeName }, 'merge', patch)
  }
}

function entryOf({ name, nodeId: nodeID, topology, volumesMax }: Described): DriverEntry {
  return {
    name,
    nodeID,
    topologyKeys: Object.keys(topology),
    ...(volumesMax > 0 && { allocatable: { count: volumesMax } }),
  }
}
