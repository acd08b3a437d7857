import { strict as assert } from 'node:assert'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Deployment } from '../api/apps/v1/deployment.ts'
import { ConfigMap } from '../api/core/v1/config-map.ts'
import { Lease } from '../api/coordination/v1/lease.ts'
import { systemClock } from '../base/clock.node.ts'
import { silentLogger } from '../base/logger.ts'
import type { Client } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import { httpsTransport } from '../client/https-transport.node.ts'
import { loadKubeconfig } from '../client/kubeconfig.node.ts'
import { MemoryStore } from '../storage/memory/memory-store.ts'
import { ensureClusterPki } from './cluster-pki.node.ts'
import { startControlPlane, type ControlPlane } from './control-plane.node.ts'

interface Member extends AsyncDisposable {
  readonly client: Client
  readonly plane: ControlPlane
  readonly kubeconfig: string
}

const SERVICES = '10.112.0.0/16,fd00:112::/112'

/** One of several control planes on one state, and its admin's client. */
async function startMember(store: MemoryStore, directory: string, name: string): Promise<Member> {
  await using stack = new AsyncDisposableStack()
  const kubeconfig = join(directory, `${name}.kubeconfig`)
  const plane: ControlPlane = await startControlPlane({
    store,
    pkiDirectory: join(directory, 'pki'),
    kubeconfig,
    host: '127.0.0.1',
    port: 0,
    serviceRange: SERVICES,
    clusterCIDR: '10.244.0.0/16',
    node: 'none',
    nodes: 0,
    isShared: true,
    logger: silentLogger,
    onStep: () => undefined,
  })
  stack.use(plane)
  const transport = stack.use(httpsTransport(await loadKubeconfig(kubeconfig)))
  const owned = stack.move()
  const client = createClient(transport)
  return { client, plane, kubeconfig, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function until<T>(events: AsyncIterable<T>, holds: (event: T) => boolean): Promise<T> {
  for await (const event of events) if (holds(event)) return event
  throw new Error('the watch ended')
}

const leads = { namespace: 'kube-system', fieldSelector: 'metadata.name=kube-controller-manager' }

/** The name of who leads the controllers, once somebody does who is not `before`. */
async function leader(client: Client, before = ''): Promise<string> {
  const event = await until(
    client.watch(Lease, leads),
    (each) =>
      each.type !== 'BOOKMARK' && !['', before].includes(each.object.spec.holderIdentity ?? ''),
  )
  assert.ok(event.type !== 'BOOKMARK')
  return event.object.spec.holderIdentity ?? ''
}

/** Resolves once a controller has looked at the Deployment. */
async function createDeployment(client: Client, name: string): Promise<void> {
  const labels = { app: name }
  await client.create(Deployment, {
    metadata: { namespace: 'default', name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'i' }] } },
    },
  })
  await until(
    client.watch(Deployment, { namespace: 'default', fieldSelector: `metadata.name=${name}` }),
    (each) => each.type !== 'BOOKMARK' && each.object.status.observedGeneration === 1,
  )
}

test('of two control planes on one state one leads, and the other takes over when it stops', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-members-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const store = stack.use(new MemoryStore({ clock: systemClock }))
  const first = await startMember(store, directory, 'first')
  const before = await leader(first.client)
  const second = stack.use(await startMember(store, directory, 'second'))
  await createDeployment(second.client, 'a')
  assert.equal(await leader(second.client), before)

  await first[Symbol.asyncDispose]()
  const after = await leader(second.client, before)
  assert.notEqual(after, before)
  await createDeployment(second.client, 'b')
})

test('authorities are rotated while a watch goes on, and whoever knew the old one is served', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-rotation-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const store = stack.use(new MemoryStore({ clock: systemClock }))
  const member = stack.use(await startMember(store, directory, 'only'))
  const { client, kubeconfig, plane } = member
  const rootCa = { namespace: 'default', fieldSelector: 'metadata.name=kube-root-ca.crt' }
  const watch = client.watch(ConfigMap, rootCa)[Symbol.asyncIterator]()
  const told = async (): Promise<string | undefined> => {
    const { value } = await watch.next()
    return value?.type === 'BOOKMARK' ? told() : value?.object.data?.['ca.crt']
  }
  const before = await told()

  const { ca, files } = await ensureClusterPki(
    {
      host: '127.0.0.1',
      node: 'none',
      pkiDirectory: join(directory, 'pki'),
      serviceRange: SERVICES,
      clusterCIDR: '10.244.0.0/16',
    },
    { rotate: 'authorities' },
  )
  await plane.setCertificates(files)
  assert.equal(await told(), ca.certPem, 'the watch goes on')
  assert.ok(ca.certPem.endsWith(before ?? ''))
  // Pods find the API at the first address of Services.
  const { subjectAltName } = new X509Certificate(files.get('apiserver.crt')!)
  assert.match(subjectAltName ?? '', /IP Address:10\.112\.0\.1, .*IP Address:FD00:112:0:0:0:0:0:1/)

  // Who starts now with what it was given before.
  const old = stack.use(httpsTransport(await loadKubeconfig(kubeconfig)))
  await createClient(old).get(Lease, { namespace: 'kube-system', name: 'kube-scheduler' })
  await client.get(Lease, { namespace: 'kube-system', name: 'kube-scheduler' })
  await watch.return?.(undefined)
})
