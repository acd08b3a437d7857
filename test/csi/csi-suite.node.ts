import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { CSIDriver } from '../../src/api/storage/v1/csi-driver.ts'
import { CSINode } from '../../src/api/storage/v1/csi-node.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { loadKubeconfig } from '../../src/client/kubeconfig.node.ts'
import { httpsTransport } from '../../src/client/https-transport.node.ts'
import type { Transport } from '../../src/client/transport.ts'
import type { Input } from '../../src/schema/message.ts'
import { nodeCluster, type NodeCluster } from '../kubelet/node-cluster.node.ts'
import { testCsiDriver, type TestCsiDriver } from './csi-driver.node.ts'
import { createClass, startSidecars } from './sidecars.node.ts'

export const STAGED = ['STAGE_UNSTAGE_VOLUME'] as const

/** How a Pod uses the claim `data`. */
export const MOUNTED = { volumeMounts: [{ name: 'v', mountPath: '/v' }] }
export const OF_CLAIM = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }]

type Spec = NonNullable<Input<CSIDriver>['spec']>

/** A cluster with a real node and what CSI drivers bring along: its parts are there once the tests run. */
export interface CsiSuite extends NodeCluster {
  readonly transport: Transport
  /** A driver that has registered, and its class. */
  driver(
    label: string,
    about: Spec | undefined,
    options?: Partial<Parameters<typeof testCsiDriver>[0]>,
  ): Promise<TestCsiDriver>
  /** The drivers that the node's CSINode shows. */
  drivers(): Promise<CSINode['spec']['drivers']>
  /** Makes a claim, `data` unless it has another name. */
  claim(
    namespace: string,
    driverName: string,
    spec?: object,
    name?: string,
  ): Promise<PersistentVolumeClaim>
  remove(pod: Pod): Promise<void>
}

/** Starts it before the tests of this file, and stops it after them. */
export function csiSuite(): () => CsiSuite {
  const stack = new AsyncDisposableStack()
  let suite: CsiSuite | undefined
  before(async () => {
    const t = stack.use(await nodeCluster())
    const file = join(t.node.dataDir, 'kubeconfig')
    await writeFile(file, t.kubeconfig)
    const transport = stack.use(httpsTransport(await loadKubeconfig(file)))
    stack.use(startSidecars(transport, t.node.dataDir))
    suite = withDrivers(t, transport)
  })
  after(() => stack.disposeAsync())
  return () => suite!
}

function withDrivers(t: NodeCluster, transport: Transport): CsiSuite {
  const drivers = async () => (await t.client.get(CSINode, { name: t.nodeName })).spec.drivers
  return {
    ...t,
    transport,
    drivers,
    async driver(label, about, options = {}) {
      const name = `${label}.csi.test`
      if (about) await t.client.create(CSIDriver, { metadata: { name }, spec: about })
      await createClass(t.client, name, { pool: 'fast' })
      const made = await testCsiDriver({ name, dataDir: t.node.dataDir, ...options })
      await eventually(async () => (await drivers()).some((each) => each.name === name))
      return made
    },
    claim: (namespace, driverName, spec = {}, name = 'data') =>
      t.client.create(PersistentVolumeClaim, {
        metadata: { namespace, name },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '1Gi' } },
          storageClassName: driverName,
          ...spec,
        },
      }),
    async remove(pod) {
      await t.client.delete(Pod, pod.metadata)
      await t.untilGone(pod)
    },
  }
}

/** Waits until the driver was called so often; a Pod may be gone before its volumes are. */
export function counted(
  driver: TestCsiDriver,
  wanted: ReturnType<TestCsiDriver['counts']>,
): Promise<true> {
  return eventually(() => {
    assert.deepEqual(driver.counts(), wanted)
    return true as const
  })
}
