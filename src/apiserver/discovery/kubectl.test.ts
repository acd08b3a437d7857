import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { respondGzipped } from '../../serving/gzip.node.ts'
import { serveTls, type TlsServer } from '../../serving/tls-server.node.ts'
import { testCredentials, testPki } from '../../serving/testing.node.ts'
import { kubectl, type Kubectl } from '../../streams/testing-kubectl.node.ts'
import { openApiRoutes } from '../openapi/routes.ts'
import { tablePrinters } from '../tables/printers.ts'
import { testApiServer, type TestApiServer } from '../testing.ts'
import { discoveryRoutes } from './routes.ts'

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: main, image: nginx, ports: [{ containerPort: 80 }] }
        - { name: side, image: busybox }
`

// kubectl 1.35 reads discovery, OpenAPI and tables as few others do.
describe('kubectl', () => {
  let api: TestApiServer
  let tls: TlsServer
  let client: Kubectl

  before(async () => {
    const crypto = nodeCrypto()
    const clock = systemClock
    api = await testApiServer({
      clock,
      crypto,
      authenticators: [() => ({ user: { name: 'admin', groups: ['system:masters'] } })],
      tables: tablePrinters(clock),
      routes: (registry) => [
        ...discoveryRoutes(registry, crypto),
        ...openApiRoutes(registry, { clock, crypto, respond: respondGzipped }),
      ],
    })
    const pki = testPki()
    tls = await serveTls({
      clock,
      logger: silentLogger,
      hosts: ['127.0.0.1'],
      port: 0,
      credentials: testCredentials(pki),
      handler: api.server.handle,
    })
    client = await kubectl({ url: `https://127.0.0.1:${tls.port}`, ca: pki.ca.certPem })
  })

  after(async () => {
    await client[Symbol.asyncDispose]()
    await tls.close(0)
    await api[Symbol.asyncDispose]()
  })

  async function run(args: string, stdin = ''): Promise<string> {
    const { code, stdout, stderr } = await client.run(args.split(' '), { stdin })
    assert.equal(code, 0, stderr)
    assert.equal(stderr, '')
    return stdout.toString()
  }

  /** The lines of a table, with single spaces. */
  async function table(args: string): Promise<readonly string[]> {
    const lines = (await run(args)).trimEnd().split('\n')
    return lines.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))
  }

  test('api-versions lists all versions', async () => {
    const versions = (await run('api-versions')).trim().split('\n')
    assert.equal(versions.length, 22)
    for (const each of ['v1', 'apps/v1', 'autoscaling/v1', 'autoscaling/v2']) {
      assert.ok(versions.includes(each), each)
    }
  })

  test('api-resources lists all resources', async () => {
    const resources = await table('api-resources --no-headers -o wide')
    assert.equal(resources.length, 67) // Of two versions of a kind, the preferred one.
    assert.ok(
      resources.includes(
        'deployments | deploy | apps/v1 | true | Deployment | create,delete,deletecollection,get,list,patch,update,watch | all',
      ),
    )
    const all = await run('api-resources --categories all -o name --namespaced')
    assert.ok(all.includes('pods\n'))
    assert.ok(!all.includes('secrets\n'))
  })

  test('explain tells of fields, and of all below them', async () => {
    const spec = await run('explain pods.spec')
    assert.match(spec, /KIND: {7}Pod\nVERSION: {4}v1\n/)
    assert.match(spec, /\n {2}containers\t<\[\]Container> -required-\n/)
    const all = await run('explain pods.spec --recursive')
    assert.match(all, /\n {2}volumes\t<\[\]Volume>\n/)
    assert.match(all, /\n {6}readOnly\t<boolean>\n/)
    assert.match(await run('explain cronjobs.spec.schedule'), /FIELD: schedule <string>/)
    assert.match(await run('explain hpa --api-version autoscaling/v1'), /VERSION: {4}v1\n/)
  })

  test('explain tells of fields by OpenAPI 2, which it reads in protobuf', async () => {
    const spec = await run('explain deploy.spec --output plaintext-openapiv2')
    assert.match(spec, /RESOURCE: spec <Object>/)
    assert.match(spec, /\n {3}selector\t<Object> -required-\n/)
    assert.match(spec, /\n {3}paused\t<boolean>\n/)
  })

  test('apply creates, leaves alone, shows differences and changes', async () => {
    assert.equal(await run('apply -f -', DEPLOYMENT), 'deployment.apps/web created\n')
    assert.equal(await run('apply -f -', DEPLOYMENT), 'deployment.apps/web unchanged\n')
    const changed = DEPLOYMENT.replace('replicas: 2', 'replicas: 3').replace('nginx', 'nginx:2')
    const { code, stdout } = await client.run(['diff', '-f', '-'], { stdin: changed })
    assert.equal(code, 1)
    assert.match(stdout.toString(), /\n-\s+replicas: 2\n\+\s+replicas: 3\n/)
    assert.equal(await run('apply -f -', changed), 'deployment.apps/web configured\n')
    const images = await run('get deploy web -o jsonpath={.spec.template.spec.containers[*].image}')
    assert.equal(images, 'nginx:2 busybox')
  })

  test('apply refuses unknown fields, and names them all', async () => {
    const wrong = DEPLOYMENT.replace('replicas', 'replicaz').replace('image: busybox', 'imag: x')
    const { code, stderr } = await client.run(['apply', '--validate=strict', '-f', '-'], {
      stdin: wrong.replaceAll('web', 'wrong'),
    })
    assert.equal(code, 1)
    assert.match(stderr, /unknown field "spec\.replicaz"/)
    assert.match(stderr, /unknown field "spec\.template\.spec\.containers\[1\]\.imag"/)
  })

  test('get shows tables, wide ones too', async () => {
    const [header, row] = await table('get deploy -o wide')
    assert.equal(
      header,
      'NAME | READY | UP-TO-DATE | AVAILABLE | AGE | CONTAINERS | IMAGES | SELECTOR',
    )
    assert.match(
      row!,
      /^web \| 0\/\d \| 0 \| 0 \| \d+s \| main,side \| nginx\S*,busybox \| app=web$/,
    )
    await run('create service nodeport web --tcp 80 --node-port 30080')
    const services = await table('get services -o wide')
    assert.equal(services[0], 'NAME | TYPE | CLUSTER-IP | EXTERNAL-IP | PORT(S) | AGE | SELECTOR')
    assert.match(
      services.at(-1)!,
      /^web \| NodePort \| \S+ \| <none> \| 80:30080\/TCP \| \d+s \| app=web$/,
    )
    await run('create configmap c --from-literal a=b')
    assert.match((await table('get cm c --no-headers'))[0]!, /^c \| 1 \| \d+s$/)
    await run('create clusterrolebinding b --clusterrole view --user u --serviceaccount ns:sa')
    const [binding] = await table('get clusterrolebinding b --no-headers -o wide')
    assert.match(binding!, /^b \| ClusterRole\/view \| \d+s \| u \| ns\/sa$/)
    const namespaces = await table('get ns --sort-by .metadata.name')
    assert.match(namespaces[1]!, /^default \| Active \| \d+s$/)
    assert.match((await table('get all -A --no-headers')).join('\n'), /deployment\.apps\/web/)
  })
})
