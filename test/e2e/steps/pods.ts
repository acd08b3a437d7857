import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { bundledTool } from '../../../src/cmd/kubectl.node.ts'
import { killContainer } from '../kill-container.node.ts'
import { shellContainer, shellPod } from '../shell-pod.ts'
import type { TestCluster } from '../test-cluster.node.ts'

const RESTARTED = '--for=jsonpath={.status.containerStatuses[0].restartCount}=1'

/** What single Pods are promised. */
export function podSteps(cluster: () => TestCluster): void {
  const ready = (pod: string): Promise<string> =>
    cluster().kubectl(`wait --for=condition=Ready pod/${pod} --timeout=180s`)

  test('a Pod lists Pods with its mounted token, and is refused what it may not do', async () => {
    const { apply, kubectl, tryKubectl } = cluster()
    await apply(...READER, shellPod('reader', await withKubectl()))
    await ready('reader')
    // kubectl's own way into the cluster goes by the environment's address; this goes by the name.
    const inside = ['exec', 'reader', '--', 'sh', '-c', `${IN_POD} "$@"`, 'kubectl']
    const found = await kubectl([...inside, 'get', 'pods', '-o', 'name'])
    assert.ok(found.split('\n').includes('pod/reader'), found)
    assert.match(await kubectl(['exec', 'reader', '--', 'kubectl', 'get', 'pods']), /^reader /m)
    const { code, stderr } = await tryKubectl([...inside, 'get', 'secrets'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^Error from server \(Forbidden\): secrets is forbidden: User "system:serviceaccount:default:reader" cannot list resource "secrets" in API group "" in the namespace "default"$/m,
    )
  })

  test("a Pod's containers share a volume and the network", async () => {
    const { apply, kubectl } = cluster()
    const container = { volumeMounts: [{ name: 'data', mountPath: '/data' }] }
    const writer = 'echo from the writer > /data/note\nexec httpd -f -p 8080 -h /data'
    await apply({
      ...shellPod('shared'),
      spec: {
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          shellContainer('writer', writer, container),
          shellContainer('reader', undefined, container),
        ],
      },
    })
    await ready('shared')
    const read = (script: string): Promise<string> =>
      kubectl(['exec', 'shared', '-c', 'reader', '--', 'sh', '-c', script])
    assert.equal(await eventually(() => read('cat /data/note')), 'from the writer')
    assert.equal(await read('/bin/wget -q -O - http://localhost:8080/note'), 'from the writer')
  })

  test('a container that was killed is started again', async () => {
    const { apply, kubectl } = cluster()
    await apply(shellPod('victim', { script: 'echo begun\nsleep infinity' }))
    await ready('victim')
    const id = 'get pod victim -o jsonpath={.status.containerStatuses[0].containerID}'
    await killContainer((await kubectl(id)).replace('containerd://', ''))
    await kubectl(`wait ${RESTARTED} pod/victim --timeout=180s`)
    await ready('victim')
    const last = '{.status.containerStatuses[0].lastState.terminated}'
    const terminated = JSON.parse(await kubectl(`get pod victim -o jsonpath=${last}`)) as object
    assert.partialDeepStrictEqual(terminated, { exitCode: 137, reason: 'Error' })
    assert.equal(await kubectl('logs victim --previous'), 'begun')
  })

  test('probes decide about readiness and restarts', async () => {
    const { apply, kubectl, sh } = cluster()
    const exec = (command: string): object => ({
      exec: { command: ['sh', '-c', command] },
      periodSeconds: 1,
      failureThreshold: 1,
    })
    await apply(
      shellPod('probed', {
        container: {
          startupProbe: { ...exec('true'), failureThreshold: 10 },
          readinessProbe: exec('test -e /tmp/ready'),
          livenessProbe: exec('test ! -e /tmp/dead'),
        },
      }),
    )
    await kubectl(
      'wait --for=jsonpath={.status.containerStatuses[0].started}=true pod/probed --timeout=180s',
    )
    assert.match(await kubectl('get pod probed'), / 0\/1 +Running /)
    await sh('probed', 'touch /tmp/ready')
    await ready('probed')
    await sh('probed', 'touch /tmp/dead')
    await kubectl(`wait ${RESTARTED} pod/probed --timeout=180s`)
    const events = await kubectl('events --for pod/probed')
    assert.match(events, /Unhealthy .* Readiness probe failed:/)
    assert.match(events, /Unhealthy .* Liveness probe failed:/)
    assert.match(events, /Killing .* Container main failed liveness probe, will be restarted/)
  })

  test('a running Pod sees its ConfigMap change', async () => {
    const { apply, kubectl, sh } = cluster()
    await kubectl('create configmap settings --from-literal=word=one')
    await apply(
      shellPod('watcher', {
        spec: { volumes: [{ name: 'settings', configMap: { name: 'settings' } }] },
        container: { volumeMounts: [{ name: 'settings', mountPath: '/settings' }] },
      }),
    )
    await ready('watcher')
    assert.equal(await sh('watcher', 'cat /settings/word'), 'one')
    await kubectl(['patch', 'configmap', 'settings', '-p', '{"data":{"word":"two"}}'])
    await eventually(async () => (await sh('watcher', 'cat /settings/word')) === 'two')
  })
}

const TOKEN_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'
const IN_POD = `kubectl --server=https://kubernetes.default.svc --certificate-authority=${TOKEN_DIR}/ca.crt --token=$(cat ${TOKEN_DIR}/token)`

const READER = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'pod-reader' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'pod-reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'pod-reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
  },
]

/** A Pod of the account `reader` that has this machine's kubectl, since busybox speaks too old a TLS. */
async function withKubectl(): Promise<Parameters<typeof shellPod>[1]> {
  const path = await bundledTool('kubectl')
  return {
    spec: {
      serviceAccountName: 'reader',
      volumes: [{ name: 'kubectl', hostPath: { path, type: 'File' } }],
    },
    container: {
      env: [{ name: 'HOME', value: '/tmp' }],
      volumeMounts: [{ name: 'kubectl', mountPath: '/bin/kubectl', readOnly: true }],
    },
  }
}
