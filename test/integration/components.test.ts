import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { Lease } from '../../src/api/coordination/v1/lease.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { createClient } from '../../src/client/create-client.ts'
import { httpsTransport } from '../../src/client/https-transport.node.ts'
import { ask1 } from '../../src/serving/testing.node.ts'
import { freePort } from '../../src/storage/etcd/testing.node.ts'
import { loadKubeconfig } from '../../src/client/kubeconfig.node.ts'

const COMMAND = join(import.meta.dirname, '..', '..', 'bin', 'trierarch')

interface Running extends AsyncDisposable {
  /** Resolves once the component has said something that matches. */
  says(text: RegExp): Promise<void>
}

/** A component as a process of its own, stopped as a service manager stops it. */
function run(...args: readonly string[]): Running {
  const child = spawn(COMMAND, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let log = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk))
  const ended = once(child, 'exit') as Promise<[number | null]>
  return {
    async says(text) {
      while (!text.test(output)) {
        const [next] = await Promise.race([once(child.stdout, 'data'), ended])
        if (typeof next !== 'string') throw new Error(`${args[0]} ended: ${log}`)
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const [code] = await ended
      assert.equal(code, 0, log)
    },
  }
}

test('API server, controllers and scheduler run as processes of their own', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-components-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const file = (name: string): string => join(directory, name)
  const server = stack.use(
    run('apiserver', '--data-dir', directory, '--listen', '127.0.0.1:0', '--datastore', 'memory:'),
  )
  await server.says(/Serving the API/)
  const ports = [await freePort(), await freePort()]
  stack.use(
    run(
      'controller-manager',
      '--kubeconfig',
      file('controller-manager.kubeconfig'),
      '--root-ca-file',
      file('pki/ca.crt'),
      '--service-account-private-key-file',
      file('pki/sa.key'),
      '--cluster-signing-cert-file',
      file('pki/ca.crt'),
      '--cluster-signing-key-file',
      file('pki/ca.key'),
      '--secure-port',
      `${ports[0]}`,
    ),
  )
  stack.use(
    run('scheduler', '--kubeconfig', file('scheduler.kubeconfig'), '--secure-port', `${ports[1]}`),
  )
  const transport = stack.use(httpsTransport(await loadKubeconfig(file('kubeconfig'))))
  const client = createClient(transport)
  const node = await client.create(Node, { metadata: { name: 'n' } })
  const allocatable = { cpu: '4', memory: '8Gi', pods: '110' }
  await client.updateStatus(Node, { ...node, status: { ...node.status, allocatable } })
  const labels = { app: 'web' }
  await client.create(Deployment, {
    metadata: { namespace: 'default', name: 'web' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '2' } } }],
        },
      },
    },
  })
  for await (const event of client.watch(Pod, { namespace: 'default' })) {
    if (event.type !== 'BOOKMARK' && event.object.spec.nodeName === 'n') break
  }
  const { items } = await client.list(Lease, { namespace: 'kube-system' })
  const names = items.map(({ metadata }) => metadata.name)
  assert.ok(names.includes('kube-controller-manager') && names.includes('kube-scheduler'))

  // The controllers tell of their own work, and of their requests, by upstream's names.
  const [cert, key] = await Promise.all(
    ['super-admin.crt', 'super-admin.key'].map((name) => readFile(file(`pki/${name}`), 'utf8')),
  )
  const get = async (component: number, path: string): Promise<string> => {
    const { body } = await ask1(ports[component]!, path, { cert: cert!, key: key! })
    return body.toString()
  }
  const body = await get(0, '/metrics')
  const host = new URL((await loadKubeconfig(file('kubeconfig'))).server).host
  const counted = `rest_client_requests_total{code="201",method="POST",host="${host}"}`
  assert.ok(body.includes(counted))
  assert.match(body, /^workqueue_adds_total\{name="deployment"\} \d/m)
  assert.match(body, /^process_cpu_seconds_total \d/m)
  assert.match(
    await get(1, '/metrics'),
    /^scheduler_schedule_attempts_total\{result="scheduled",profile="default-scheduler"\} 1$/m,
  )
  assert.match(
    await get(1, '/metrics/resources'),
    /^kube_pod_resource_request\{.*node="n",.*resource="cpu",unit="cores"\} 2$/m,
  )
})
