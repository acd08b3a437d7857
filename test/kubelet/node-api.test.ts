import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type IncomingHttpHeaders } from 'node:http2'
import { request } from 'node:https'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { text } from 'node:stream/consumers'
import type { SecureContextOptions } from 'node:tls'
import { ServiceAccount } from '../../src/api/core/v1/service-account.ts'
import { ClusterRole } from '../../src/api/rbac/v1/cluster-role.ts'
import { ClusterRoleBinding } from '../../src/api/rbac/v1/cluster-role-binding.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import type { Pod } from '../../src/api/core/v1/pod.ts'
import type { NodeMetrics } from '../../src/api/metrics/v1beta1/node-metrics.ts'
import type { PodMetrics } from '../../src/api/metrics/v1beta1/pod-metrics.ts'
import type { Summary } from '../../src/kubelet/stats/summary.ts'
import { quantityMilliValue, quantityValue } from '../../src/schema/quantity.ts'
import { IMAGE } from '../containerd/test-node.node.ts'
import { accessOf } from '../conformance/rest.node.ts'
import { nodeCluster, whyNoNodeCluster, type NodeCluster } from './node-cluster.node.ts'

const skip = await whyNoNodeCluster()

describe("the node's own API", { skip }, () => {
  let cluster: NodeCluster
  let pod: Pod
  before(async () => {
    cluster = await nodeCluster()
    const command = ['sh', '-c', 'while :; do :; done']
    const spec = { containers: [{ name: 'main', image: IMAGE, command }] }
    const namespace = await cluster.namespace('node-api')
    const asked = await cluster.run(namespace, { metadata: { name: 'busy' }, spec })
    pod = await cluster.until(asked, ({ status }) => status.phase === 'Running')
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  const get = async (path: string): Promise<string> => {
    const proxy = `/api/v1/nodes/${cluster.nodeName}/proxy/${path}`
    const answer = await cluster.rest.call('GET', proxy)
    assert.equal(answer.status, 200, `${path}: ${answer.text}`)
    return answer.text
  }

  test('/stats/summary tells what the node and its Pods use', async () => {
    const { node, pods } = JSON.parse(await get('stats/summary')) as Summary
    assert.equal(node.nodeName, cluster.nodeName)
    assert.ok(node.memory.workingSetBytes! > 0 && node.fs.capacityBytes! > 0)
    assert.equal(node.swap!.swapUsageBytes! >= 0, true)
    if (existsSync('/proc/pressure/cpu')) assert.ok(node.cpu.psi!.some.total > 0 && node.io!.psi)
    const busy = pods.find(({ podRef }) => podRef.uid === pod.metadata.uid)!
    assert.ok(busy.cpu!.usageCoreNanoSeconds! > 0 && busy.memory!.workingSetBytes! > 0)
    assert.equal(busy.network!.name, 'eth0')
    assert.ok(busy['ephemeral-storage']!.usedBytes! > 0)
    const [main] = busy.containers
    assert.equal(main!.name, 'main')
    assert.ok(main!.cpu!.usageCoreNanoSeconds! > 0)
    const lean = JSON.parse(await get('stats/summary?only_cpu_and_memory=true')) as Summary
    assert.equal(lean.pods[0]!['ephemeral-storage'], undefined)
  })

  test('/metrics, /metrics/resource and /metrics/cadvisor are what Prometheus reads', async () => {
    const own = await get('metrics')
    const resource = await get('metrics/resource')
    const cadvisor = await get('metrics/cadvisor')
    const of = '{container="main",namespace="node-api",pod="busy"}'
    assert.match(own, /^kubelet_running_pods 1$/m)
    assert.match(own, /^kubelet_runtime_operations_total\{operation_type="run_pod_sandbox"\} 1$/m)
    for (const line of [
      'container_cpu_usage_seconds_total',
      'container_memory_working_set_bytes',
    ]) {
      assert.ok(resource.includes(`${line}${of} `), resource)
      assert.ok(cadvisor.includes(`${line}${of} `), cadvisor)
    }
    assert.match(resource, /^node_cpu_usage_seconds_total [\d.]+$/m)
    assert.match(cadvisor, /^container_network_receive_bytes_total\{interface="eth0",/m)
  })

  test('metrics.k8s.io tells what the node and its Pods use, as kubectl top asks for it', async () => {
    const path = '/apis/metrics.k8s.io/v1beta1'
    const ask = async (of: string): Promise<unknown> =>
      JSON.parse((await cluster.rest.call('GET', `${path}/${of}`)).text)
    const busy = (await ask('namespaces/node-api/pods/busy')) as PodMetrics
    const [main] = busy.containers
    assert.equal(main?.name, 'main')
    assert.ok(quantityMilliValue(main.usage['cpu']) > 100)
    assert.ok(quantityValue(main.usage['memory']) > 0)
    const { items } = (await ask('nodes')) as { readonly items: readonly NodeMetrics[] }
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      [cluster.nodeName],
    )
    assert.ok(quantityMilliValue(items[0]?.usage['cpu']) > 100)
    const { message } = (await ask('namespaces/node-api/pods/none')) as { readonly message: string }
    assert.equal(message, 'podmetrics.metrics.k8s.io "node-api/none" not found')
  })

  test('/pods and /configz tell what runs, and how', async () => {
    const { items } = JSON.parse(await get('pods')) as { readonly items: readonly Pod[] }
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['busy'],
    )
    const { kubeletconfig } = JSON.parse(await get('configz')) as {
      readonly kubeletconfig: { readonly maxPods: number }
    }
    assert.equal(kubeletconfig.maxPods, 110)
  })

  test('/checkpoint answers what the runtime makes of it', async () => {
    const checkpoint = (container: string, method = 'POST') => {
      const path = `checkpoint/node-api/busy/${container}`
      return cluster.rest.call(method, `/api/v1/nodes/${cluster.nodeName}/proxy/${path}`)
    }
    const missing = await checkpoint('none')
    assert.deepEqual(
      [missing.status, missing.text.trim()],
      [404, 'container "none" does not exist'],
    )
    assert.equal((await checkpoint('main', 'GET')).status, 405)
    const { status, text: said } = await checkpoint('main')
    // Not every runtime can do it.
    if (status === 200) assert.match(said, /^\{"items":\[".*\/checkpoint-busy_node-api-main-/)
    else assert.match(said, /^checkpointing of node-api\/busy\/main failed \(/)
  })

  test('is reached through the API server over HTTP/2 too', async () => {
    const { server, agent } = accessOf(cluster.kubeconfig)
    using _ = { [Symbol.dispose]: () => agent.destroy() }
    const { ca, cert, key } = agent.options as SecureContextOptions
    const session = connect(server, { ca: ca!, cert: cert!, key: key! })
    const path = `/api/v1/nodes/${cluster.nodeName}/proxy/configz`
    const stream = session.request({ ':path': path })
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    assert.equal(headers[':status'], 200, await text(stream))
    session.close()
  })

  test('lets in whom the API server allows, for each path', async () => {
    const { client, address, nodeName } = cluster
    const account = { namespace: 'node-api', name: 'reader' }
    await client.create(ServiceAccount, { metadata: account })
    const rules = [{ apiGroups: [''], resources: ['nodes/metrics', 'nodes/pods'], verbs: ['get'] }]
    await client.create(ClusterRole, { metadata: { name: 'reader' }, rules })
    await client.create(ClusterRoleBinding, {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    })
    const { status } = await cluster.rest.post(
      `/api/v1/namespaces/node-api/serviceaccounts/reader/token`,
      { spec: {} },
    )
    const { token } = status as { readonly token: string }
    const { daemonEndpoints } = (await client.get(Node, { name: nodeName })).status
    const port = daemonEndpoints?.kubeletEndpoint?.Port
    const ask = async (path: string, headers: Record<string, string> = {}) => {
      const call = request({ host: address, port, path, headers, rejectUnauthorized: false })
      call.end()
      const [response] = await once(call, 'response')
      return `${response.statusCode} ${await text(response)}`
    }
    const authorization = `Bearer ${token}`
    assert.match(await ask('/pods'), /^401 Unauthorized/)
    assert.match(await ask('/pods', { authorization: 'Bearer no.such.token' }), /^401 Unauthorized/)
    assert.match(await ask('/metrics/resource', { authorization }), /^200 /)
    assert.match(await ask('/pods', { authorization }), /^200 /)
    assert.equal(
      (await ask('/stats/summary', { authorization })).trim(),
      '403 Forbidden (user=system:serviceaccount:node-api:reader, verb=get, resource=nodes, subresource(s)=[stats])',
    )
    assert.match(
      await ask(`/containerLogs/node-api/busy/main`, { authorization }),
      /subresource\(s\)=\[proxy\]\)/,
    )
  })
})
