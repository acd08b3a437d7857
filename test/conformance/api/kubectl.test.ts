import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe } from 'node:test'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { startClientCluster, type ClientCluster } from '../../clients/client-cluster.node.ts'
import { start } from '../../e2e/programs.node.ts'
import { conformance } from '../conformance.ts'

const IMAGE = 'registry.k8s.io/e2e-test-images/httpd:2.4.38-4'
const NEWER_IMAGE = 'registry.k8s.io/e2e-test-images/busybox:1.29-4'

/** A replication controller as upstream's tests have it, of any image. */
function replicationController(name: string, replicas: number): string {
  const labels = { app: name, role: 'primary' }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: labels,
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name, image: IMAGE, ports: [{ name: 'redis-server', containerPort: 6379 }] },
          ],
        },
      },
    },
  })
}

describe('kubectl', () => {
  let client: ClientCluster
  before(async () => {
    client = await startClientCluster()
  })
  after(() => client[Symbol.asyncDispose]())

  /** A namespace of its own, and kubectl in it. Answers with what it prints; it must succeed. */
  async function kubectlIn(
    namespace: string,
  ): Promise<(line: string, input?: string) => Promise<string>> {
    await client.kubectl(['create', 'namespace', namespace])
    return async (line, input) => {
      const args = [`--namespace=${namespace}`, ...line.split(' ')]
      const { code, stdout, stderr } = await client.kubectl(
        args,
        input === undefined ? {} : { input },
      )
      assert.equal(code, 0, `kubectl ${line}: ${stderr}`)
      return stdout.trim()
    }
  }

  conformance(
    '[sig-cli] Kubectl client Kubectl api-versions should check if v1 is in available api versions [Conformance]',
    async () => {
      const kubectl = await kubectlIn('api-versions')
      assert.ok((await kubectl('api-versions')).split('\n').includes('v1'))
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info [Conformance]',
    async () => {
      const kubectl = await kubectlIn('cluster-info')
      assert.match(
        await kubectl('cluster-info'),
        /Kubernetes control plane.*is running at.*https:\/\//,
      )
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl version should check is all data is printed [Conformance]',
    async () => {
      const kubectl = await kubectlIn('version')
      const printed = await kubectl('version')
      for (const part of ['Client Version:', 'Server Version:']) assert.ok(printed.includes(part))
      const { serverVersion } = JSON.parse(await kubectl('version -o json')) as {
        serverVersion: Readonly<Record<string, string>>
      }
      for (const key of ['major', 'minor', 'gitCommit', 'buildDate'])
        assert.ok(key in serverVersion)
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl describe should check if kubectl describe prints relevant information for rc and pods [Conformance]',
    async () => {
      const kubectl = await kubectlIn('describe')
      await kubectl('create -f -', replicationController('agnhost-primary', 1))
      await kubectl('create service clusterip agnhost-primary --tcp=6379')
      await kubectl('wait --for=create pod -l app=agnhost-primary --timeout=180s')
      await kubectl('wait --for=condition=Ready pod -l app=agnhost-primary --timeout=180s')

      const pod = await kubectl('describe pod -l app=agnhost-primary')
      for (const line of [
        /^Name: +agnhost-primary-/m,
        /^Namespace: +describe$/m,
        /^Node: +node-/m,
        /^Labels: +app=agnhost-primary$/m,
        /^ +role=primary$/m,
        /^Annotations: /m,
        /^Status: +Running$/m,
        /^IP: +\d/m,
        /^Controlled By: +ReplicationController\/agnhost-primary$/m,
        new RegExp(`^ +Image: +${IMAGE}$`, 'm'),
        /^ +State: +Running$/m,
        /^QoS Class: +BestEffort$/m,
      ])
        assert.match(pod, line)
      const rc = await kubectl('describe rc agnhost-primary')
      for (const line of [
        /^Name: +agnhost-primary$/m,
        /^Namespace: +describe$/m,
        /^Selector: +app=agnhost-primary,role=primary$/m,
        /^Replicas: +1 current \/ 1 desired$/m,
        /^Pods Status: +1 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed$/m,
        /^Pod Template:$/m,
        /^Events:$/m,
      ])
        assert.match(rc, line)
      const service = await kubectl('describe service agnhost-primary')
      for (const line of [
        /^Type: +ClusterIP$/m,
        /^IP: +\d/m,
        /^Port: +6379/m,
        /^Session Affinity: +None$/m,
      ])
        assert.match(service, line)
      assert.match(await kubectl('describe node node-1'), /^Capacity:$/m)
      assert.match(await kubectl('describe namespace describe'), /^Status: +Active$/m)
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl diff should check if kubectl diff finds a difference for Deployments [Conformance]',
    async () => {
      const kubectl = await kubectlIn('diff')
      await kubectl(`create deployment httpd --image=${IMAGE}`)
      const live = await kubectl('get deployment httpd -o json')
      const { code, stdout } = await client.kubectl(['diff', '-f', '-'], {
        input: live.replaceAll(IMAGE, NEWER_IMAGE),
      })
      assert.equal(code, 1)
      assert.match(stdout, new RegExp(`^- +- image: ${IMAGE}$`, 'm'))
      assert.match(stdout, new RegExp(`^\\+ +- image: ${NEWER_IMAGE}$`, 'm'))
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl expose should create services for rc [Conformance]',
    async () => {
      const kubectl = await kubectlIn('expose')
      await kubectl('create -f -', replicationController('agnhost-primary', 1))
      await kubectl(
        'wait --for=jsonpath={.status.readyReplicas}=1 rc/agnhost-primary --timeout=180s',
      )
      const endpoint = async (name: string): Promise<string> => {
        const slices = `-l kubernetes.io/service-name=${name}`
        await kubectl(
          `wait --for=jsonpath={.endpoints[0].conditions.ready}=true endpointslice ${slices} --timeout=180s`,
        )
        const path = '{.items[0].ports[0].port}{.items[0].endpoints[*].addresses[*]}'
        return kubectl(`get endpointslice ${slices} -o jsonpath=${path}`)
      }
      const address = await kubectl(
        'get pod -l app=agnhost-primary -o jsonpath={.items[0].status.podIP}',
      )
      await kubectl('expose rc agnhost-primary --name=rm2 --port=1234 --target-port=6379')
      assert.equal(await endpoint('rm2'), `6379${address}`)
      assert.equal(await kubectl('get service rm2 -o jsonpath={.spec.ports[0].port}'), '1234')
      await kubectl('expose service rm2 --name=rm3 --port=2345 --target-port=6379')
      assert.equal(await endpoint('rm3'), `6379${address}`)
      assert.equal(await kubectl('get service rm3 -o jsonpath={.spec.ports[0].port}'), '2345')
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl label should update the label on a resource [Conformance]',
    async () => {
      const kubectl = await kubectlIn('label')
      await kubectl(`run pause --image=${IMAGE}`)
      await kubectl('label pods pause testing-label=testing-label-value')
      assert.match(await kubectl('get pod pause -L testing-label'), /testing-label-value/)
      await kubectl('label pods pause testing-label-')
      assert.doesNotMatch(await kubectl('get pod pause -L testing-label'), /testing-label-value/)
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl patch should add annotations for pods in rc [Conformance]',
    async () => {
      const kubectl = await kubectlIn('patch')
      await kubectl('create -f -', replicationController('agnhost-primary', 1))
      await kubectl(
        'wait --for=jsonpath={.status.readyReplicas}=1 rc/agnhost-primary --timeout=180s',
      )
      const pods = await kubectl('get pod -l app=agnhost-primary -o name')
      for (const pod of pods.split('\n'))
        await kubectl(`patch ${pod} -p {"metadata":{"annotations":{"x":"y"}}}`)
      const path = '{.items[*].metadata.annotations.x}'
      assert.equal(await kubectl(`get pod -l app=agnhost-primary -o jsonpath=${path}`), 'y')
    },
  )

  conformance(
    "[sig-cli] Kubectl client Kubectl replace should update a single-container pod's image [Conformance]",
    async () => {
      const kubectl = await kubectlIn('replace')
      const name = 'e2e-test-httpd-pod'
      await kubectl(`run ${name} --image=${IMAGE} --labels=run=${name}`)
      await kubectl(`wait --for=condition=Ready pod/${name} --timeout=180s`)
      const pod = await kubectl(`get pod ${name} -o json`)
      await kubectl('replace -f -', pod.replaceAll(IMAGE, NEWER_IMAGE))
      const image = await kubectl(`get pod ${name} -o jsonpath={.spec.containers[0].image}`)
      assert.equal(image, NEWER_IMAGE)
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl run pod should create a pod from an image when restart is Never [Conformance]',
    async () => {
      const kubectl = await kubectlIn('run')
      const name = 'e2e-test-httpd-pod'
      await kubectl(`run ${name} --restart=Never --pod-running-timeout=2m0s --image=${IMAGE}`)
      const path = '{.spec.restartPolicy} {.spec.containers[0].image}'
      const { stdout } = await client.kubectl([
        '-n',
        'run',
        'get',
        'pod',
        name,
        '-o',
        `jsonpath=${path}`,
      ])
      assert.equal(stdout, `Never ${IMAGE}`)
    },
  )

  conformance(
    '[sig-cli] Kubectl client Kubectl server-side dry-run should check if kubectl can dry-run update Pods [Conformance]',
    async () => {
      const kubectl = await kubectlIn('dry-run')
      const name = 'e2e-test-httpd-pod'
      await kubectl(`run ${name} --image=${IMAGE} --labels=run=${name}`)
      const patch = { spec: { containers: [{ name, image: NEWER_IMAGE }] } }
      await kubectl(`patch pod ${name} -p ${JSON.stringify(patch)} --dry-run=server`)
      const image = await kubectl(`get pod ${name} -o jsonpath={.spec.containers[0].image}`)
      assert.equal(image, IMAGE)
    },
  )

  conformance(
    '[sig-cli] Kubectl client Update Demo should create and stop a replication controller [Conformance]',
    async () => {
      const kubectl = await kubectlIn('update-demo')
      await kubectl('create -f -', replicationController('update-demo-nautilus', 2))
      const wait =
        'wait --for=jsonpath={.status.readyReplicas}=2 rc/update-demo-nautilus --timeout=180s'
      await kubectl(wait)
      assert.equal((await runningPods('update-demo')).length, 2)
      await kubectl('delete --grace-period=0 --force rc/update-demo-nautilus')
      await client.cluster.eventually(async () => (await runningPods('update-demo')).length === 0)
    },
  )

  conformance(
    '[sig-cli] Kubectl client Update Demo should scale a replication controller [Conformance]',
    async () => {
      const kubectl = await kubectlIn('update-demo-scale')
      await kubectl('create -f -', replicationController('update-demo-nautilus', 2))
      for (const replicas of [1, 2]) {
        await kubectl(`scale rc update-demo-nautilus --replicas=${replicas} --timeout=5m`)
        await client.cluster.eventually(
          async () => (await runningPods('update-demo-scale')).length === replicas,
        )
      }
    },
  )

  async function runningPods(namespace: string): Promise<readonly Pod[]> {
    const { items } = await client.cluster.client.list(Pod, { namespace })
    return items.filter(
      ({ status, metadata }) => status.phase === 'Running' && !metadata.deletionTimestamp,
    )
  }

  conformance(
    '[sig-cli] Kubectl client Proxy server should support proxy with --port 0 [Conformance]',
    async () => {
      await using proxy = kubectlProxy('--port=0', '--disable-filter')
      const [, host, port] = await proxy.says(/Starting to serve on ([\d.]+):(\d+)/)
      assert.ok(Number(port) > 0)
      assert.match(await get({ host: host!, port: Number(port) }), /"versions":\["v1"\]/)
    },
  )

  conformance(
    '[sig-cli] Kubectl client Proxy server should support --unix-socket=/path [Conformance]',
    async () => {
      const socketPath = join(client.directory, 'proxy.sock')
      await using proxy = kubectlProxy(`--unix-socket=${socketPath}`)
      await proxy.says(/Starting to serve on (.*)/)
      assert.match(await get({ socketPath }), /"versions":\["v1"\]/)
    },
  )

  function kubectlProxy(...flags: readonly string[]): AsyncDisposable & {
    says: (expected: RegExp) => Promise<RegExpExecArray>
  } {
    const running = start([join(client.directory, 'kubectl'), 'proxy', ...flags], {
      KUBECONFIG: client.kubeconfig,
    })
    return {
      async says(expected) {
        for (;;) {
          const found = expected.exec(running.printed())
          if (found) return found
          await once(running.program.stdout, 'data')
        }
      },
      [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
    }
  }
})

type Where = { readonly socketPath: string } | { readonly host: string; readonly port: number }

async function get(where: Where): Promise<string> {
  const call = request({ ...where, path: '/api/', agent: false }).end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  return text(response)
}
