import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { busyboxArchive } from '../images/busybox-archive.node.ts'
import { newcomer, untilPrinted, type Newcomer } from './newcomer.node.ts'
import { output, run, type Running } from './programs.node.ts'
import { shellPod } from './shell-pod.ts'
import { scratchFile, testCluster, type TestCluster } from './test-cluster.node.ts'

const TIMEOUT_MS = 20 * 60_000
const API = '10.96.0.1' // The cluster IP of the Service `kubernetes`.
const skip = await whyNoContainers()

const KUBELET = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
clusterDNS: [192.0.2.53]
clusterDomain: example.test
`

const PTP = '10.251.0.0/24' // Of a network that the user brings.

describe('a machine that joins a cluster on another one', { skip, timeout: TIMEOUT_MS }, () => {
  const stack = new AsyncDisposableStack()
  let cluster: TestCluster
  let other: Newcomer
  let command: readonly string[]
  let node: Running
  let busybox: string // An archive.
  before(async () => {
    cluster = stack.use(await testCluster())
    other = await newcomer(stack)
    const listen = `--listen=${cluster.machine.address}:6443`
    await cluster.trierarch('up', listen, '--node=none', '--detach')
  })
  after(() => stack.disposeAsync())

  test('token create says how to join, token list what there is', async () => {
    const said = await cluster.trierarch('token', 'create', '--description=for a test')
    assert.match(
      said,
      /^trierarch join [\d.]+:6443 --token [a-z0-9]{6}\.[a-z0-9]{16} --ca-cert-hash sha256:[0-9a-f]{64}$/,
    )
    command = said.split(' ').slice(2)
    const list = await cluster.trierarch('token', 'list')
    assert.match(
      list,
      new RegExp(`^${command[2]} +2[34]h.* authentication,signing +for a test +`, 'm'),
    )
  })

  const refusals: readonly (readonly [string, (command: string[]) => string[], RegExp])[] = [
    [
      'with the hash of another authority',
      ([server, ...rest]) => [server!, ...rest.slice(0, 3), `sha256:${'0'.repeat(64)}`],
      /this is another cluster, or somebody stands between/,
    ],
    [
      'with the wrong secret',
      (given) => given.map((each) => each.replace(/\.[a-z0-9]{16}$/, '.0000000000000000')),
      /does not know the secret of the token/,
    ],
    [
      'with a token that there is not',
      (given) => given.map((each) => each.replace(/^[a-z0-9]{6}\./, 'aaaaaa.')),
      /The cluster knows no token aaaaaa/,
    ],
    ['without a hash', (given) => given.slice(0, 3), /anybody who knows the token could pose/],
    [
      'where nobody listens',
      ([, ...rest]) => ['127.0.0.1:1', ...rest],
      /Cannot join: .*ECONNREFUSED/,
    ],
  ]
  for (const [what, change, message] of refusals) {
    test(`a machine does not join ${what}`, async () => {
      const { code, stderr } = await other.trierarch('join', ...change([...command]))
      assert.notEqual(code, 0)
      assert.match(stderr, message)
    })
  }

  test('join makes the machine a node, with certificates of the cluster', async () => {
    node = stack.use(other.join(...command, '--node-name=newcomer'))
    await untilPrinted(node, 'This machine is the node newcomer')
    await cluster.kubectl('wait --for=condition=Ready node/newcomer --timeout=180s')
    const requests = await cluster.kubectl('get csr --no-headers')
    assert.match(requests, /kube-apiserver-client-kubelet +system:bootstrap:.*Approved,Issued/)
    assert.match(requests, /kubelet-serving +system:node:newcomer .*Approved,Issued/)
    const { code, stdout } = await run([
      'stat',
      '-c%a',
      join(other.dataDir, 'pki', 'kubelet-newcomer.key'),
    ])
    if (code === 0) assert.equal(stdout.trim(), '600')
  })

  test('Pods run there, and are reached from the other machine', async () => {
    const archive = await busyboxArchive({ name: 'docker.io/library/busybox:1.37' })
    busybox = await scratchFile(cluster, 'busybox.tar', archive)
    const { code, stderr } = await other.trierarch('image', 'load', busybox)
    assert.equal(code, 0, stderr)
    await cluster.apply(shellPod('there', { script: 'echo hello; sleep infinity & wait' }))
    await cluster.kubectl('wait --for=condition=Ready pod/there --timeout=180s')
    assert.equal(await cluster.kubectl('logs there'), 'hello')
    assert.equal(await cluster.sh('there', 'echo from the other side'), 'from the other side')
  })

  test('Pods there find Services by name', async () => {
    const find = 'nslookup kubernetes.default.svc.cluster.local'
    await eventually(async () => (await cluster.sh('there', `${find} || true`)).includes(API))
    const slices = await cluster.kubectl('get endpointslices -n kube-system -o name')
    assert.equal(slices, 'endpointslice.discovery.k8s.io/kube-dns-newcomer')
  })

  test('Pods of two machines reach each other, by a tunnel where a router is between them', async () => {
    const far = await newcomer(stack)
    stack.use(far.join(...command, '--node-name=far'))
    await cluster.kubectl('wait --for=create node/far --timeout=180s')
    await cluster.kubectl('wait --for=condition=Ready node/far --timeout=180s')
    assert.equal((await far.trierarch('image', 'load', busybox)).code, 0)
    const script = 'nc -ll -p 8080 -e echo far & wait'
    await cluster.apply(shellPod('web', { script, spec: { nodeName: 'far' } }))
    await cluster.kubectl('wait --for=condition=Ready pod/web --timeout=180s')
    const ip = await cluster.kubectl('get pod web -o jsonpath={.status.podIP}')
    const ask = `nc -w 2 ${ip} 8080 < /dev/null || true`
    await eventually(async () => (await cluster.sh('there', ask)) === 'far')
    const routes = await output(other.machine.inside(['ip', 'route']))
    assert.match(routes, /^10\.244\.\d+\.0\/24 via \S+ dev trx/m)
    await cluster.kubectl('delete pod web --grace-period=1')
    assert.equal((await far.trierarch('down')).code, 0)
    await cluster.kubectl('delete node far')
    await eventually(
      async () => !(await output(other.machine.inside(['ip', 'route']))).includes('trx'),
    )
  })

  test('claims of the default StorageClass keep their data there', async () => {
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
    const container = { volumeMounts: [{ name: 'data', mountPath: '/data' }] }
    const script = (text: string): string => `${text}; sleep infinity & wait`
    const writer = shellPod('writer', {
      script: script('echo kept > /data/file'),
      spec: { volumes },
      container,
    })
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    }
    await cluster.apply(claim, writer)
    await cluster.kubectl('wait --for=condition=Ready pod/writer --timeout=180s')
    await cluster.kubectl('delete pod writer --grace-period=1')
    const reader = shellPod('reader', {
      script: script('cat /data/file'),
      spec: { volumes },
      container,
    })
    await cluster.apply(reader)
    await cluster.kubectl('wait --for=condition=Ready pod/reader --timeout=180s')
    assert.equal(await cluster.kubectl('logs reader'), 'kept')
    await cluster.kubectl('delete pod reader --grace-period=1')
    await cluster.kubectl('delete pvc data')
  })

  test('it follows a new authority of the cluster while it runs', async () => {
    const file = (name: string): Promise<string> =>
      readFile(join(other.dataDir, 'pki', name), 'utf8')
    const before = await file('ca.crt')
    await cluster.trierarch('certs', 'rotate', '--ca')
    await eventually(async () => (await file('ca.crt')) !== before)
    const ca = await file('ca.crt')
    assert.equal(ca, await readFile(join(cluster.dataDir, 'pki', 'ca.crt'), 'utf8'))
    assert.ok(ca.endsWith(before)) // What the old one has signed is still believed.
    const { publicKey } = new X509Certificate(ca)
    for (const name of ['node-newcomer-client.crt', 'node-newcomer-serving.crt'])
      await eventually(async () => new X509Certificate(await file(name)).verify(publicKey))
    assert.equal(await cluster.sh('there', 'echo still here'), 'still here')
  })

  test('cordon and drain empty it, uncordon has it back', async () => {
    await cluster.kubectl('cordon newcomer')
    assert.match(await cluster.kubectl('get node newcomer'), /Ready,SchedulingDisabled/)
    const drained = await cluster.kubectl('drain newcomer --force --grace-period=1 --timeout=180s')
    assert.match(drained, /pod\/there evicted/)
    assert.equal(await cluster.kubectl('get pods -o name'), '')
    await cluster.kubectl('uncordon newcomer')
    assert.doesNotMatch(await cluster.kubectl('get node newcomer'), /SchedulingDisabled/)
  })

  test('a node that has joined needs no token to go on, and token delete takes it back', async () => {
    const [id = ''] = command[2]!.split('.')
    const said = await cluster.trierarch('token', 'delete', id)
    assert.equal(said, `bootstrap token "${id}" deleted`)
    const info = 'get configmap cluster-info -n kube-public -o jsonpath={.data}'
    await cluster.kubectl([
      'wait',
      '--for=delete',
      `secret/bootstrap-token-${id}`,
      '-n',
      'kube-system',
    ])
    node.program.kill('SIGTERM')
    await node.ended
    node = stack.use(
      other.join(`--kubelet-config=${await scratchFile(cluster, 'kubelet', KUBELET)}`),
    )
    await untilPrinted(node, 'This machine is the node newcomer')
    assert.doesNotMatch(await cluster.kubectl(info), new RegExp(id))
  })

  test('a node asks the DNS that its configuration names', async () => {
    await cluster.apply(shellPod('elsewhere'))
    await cluster.kubectl('wait --for=condition=Ready pod/elsewhere --timeout=180s')
    const lines = (await cluster.sh('elsewhere', 'cat /etc/resolv.conf')).split('\n')
    assert.deepEqual(lines.slice(0, 2), [
      'search default.svc.example.test svc.example.test example.test',
      'nameserver 192.0.2.53',
    ])
  })

  test('down stops the node', async () => {
    assert.equal((await other.trierarch('down')).code, 0)
    assert.equal(await node.ended, 0)
    assert.equal(await output(['ip', 'netns', 'list']).then((list) => /cni-/.test(list)), false)
  })

  test('a node takes a network plugin of the user, and no proxy of ours', async () => {
    const plugins = join(cluster.scratch, 'net.d')
    await mkdir(plugins)
    const ipam = { type: 'host-local', subnet: PTP, dataDir: join(cluster.scratch, 'leases') }
    const network = { cniVersion: '0.4.0', name: 'own', plugins: [{ type: 'ptp', ipam }] }
    await writeFile(join(plugins, '10-ptp.conflist'), JSON.stringify(network))
    node = stack.use(
      other.join('--pod-network=none', `--cni-conf-dir=${plugins}`, '--proxy-mode=none'),
    )
    await untilPrinted(node, 'This machine is the node newcomer')
    await cluster.apply(shellPod('plugged'))
    await cluster.kubectl('wait --for=condition=Ready pod/plugged --timeout=180s')
    const ip = await cluster.kubectl('get pod plugged -o jsonpath={.status.podIP}')
    assert.match(ip, /^10\.251\./)
    const inside = (line: string): Promise<string> => output(other.machine.inside(line.split(' ')))
    assert.match(await inside(`ip route get ${ip}`), / dev veth/) // No bridge.
    assert.doesNotMatch(await inside('nft list tables'), /trierarch-(?:services|policy|host)/)
    await cluster.kubectl('delete pod plugged --grace-period=1')
    assert.equal((await other.trierarch('down')).code, 0)
  })
})
