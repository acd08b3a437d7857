import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before } from 'node:test'
import type { Pod } from '../../../src/api/core/v1/pod.ts'
import { nodeCrypto } from '../../../src/base/crypto.node.ts'
import { openImageStore } from '../../../src/kubelet/containerd/image-store.node.ts'
import { loadImages } from '../../../src/kubelet/images/load.node.ts'
import type { Input } from '../../../src/schema/message.ts'
import { busyboxArchive, type BusyboxImage } from '../../images/busybox-archive.node.ts'
import { IMAGE } from '../../containerd/test-node.node.ts'
import {
  nodeCluster,
  type NodeCluster,
  type NodeClusterOptions,
} from '../../kubelet/node-cluster.node.ts'

/** What the tests of one file share; its parts are there once the tests run. */
export interface NodeSuite extends NodeCluster {
  /** Runs a Pod that is to run once, and gives what its container `main` has written. */
  output(namespace: string, pod: Input<Pod>): Promise<string>
  /** Loads a further image of busybox onto the node. */
  loadImage(image: BusyboxImage): Promise<void>
}

/** Starts a cluster with a real node before the tests of this file, and stops it after them. */
export function nodeSuite(options: NodeClusterOptions = {}): () => NodeSuite {
  let suite: NodeSuite | undefined
  before(async () => {
    const cluster = await nodeCluster(options)
    suite = {
      ...cluster,
      output: async (namespace, pod) => cluster.log(await cluster.run(namespace, pod)),
      async loadImage(image) {
        const { dataDir, images } = cluster.node
        const file = join(dataDir, 'image.tar')
        await writeFile(file, await busyboxArchive(image))
        await loadImages(await openImageStore({ dataDir, crypto: nodeCrypto() }), images, [file])
      },
    }
  })
  after(() => suite?.[Symbol.asyncDispose]())
  return () => suite!
}

export { IMAGE }

type SpecInput = NonNullable<Input<Pod>['spec']>
type ContainerInput = SpecInput['containers'][number]

/** A Pod of one container, `main`, that runs a shell script once. */
export function once(
  name: string,
  script: string,
  container: Partial<ContainerInput> = {},
  spec: Partial<SpecInput> = {},
): Input<Pod> {
  return shell(name, script, container, { restartPolicy: 'Never', ...spec })
}

/** The same with the restart policy that Pods have. */
export function shell(
  name: string,
  script: string,
  container: Partial<ContainerInput> = {},
  spec: Partial<SpecInput> = {},
): Input<Pod> {
  return {
    metadata: { name, labels: { name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: IMAGE, command: ['sh', '-c', script], ...container }],
      ...spec,
    },
  }
}

export const isRunning = ({ status }: Pod): boolean => status.phase === 'Running'

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

/** How often its first container was started anew. */
export const restarts = ({ status }: Pod): number =>
  status.containerStatuses?.[0]?.restartCount ?? 0
