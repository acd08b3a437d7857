import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { FIXTURES, skipFixtures as skip } from '../published-fixtures.ts'
import { startClientCluster, type ClientCluster } from './client-cluster.node.ts'

const LENGTH_MAX = 500_000 // Helm keeps a chart in one Secret, where the largest would not fit.
const PROJECTS = ['cert-manager', 'gateway-api', 'prometheus-operator']

describe('a chart made of published definitions and objects', { skip }, () => {
  let client: ClientCluster
  before(async () => {
    client = await startClientCluster({ nodes: 1 })
  })
  after(() => client[Symbol.asyncDispose]())

  test('is installed with Helm, upgraded, and leaves nothing but its definitions', async () => {
    const chart = makeChart(client.directory)
    const kinds = 'servicemonitors,podmonitors,gateways,httproutes,certificates'
    await helm(`install shop ${chart} --wait --timeout=180s`)
    const installed = await lines(`kubectl get ${kinds} -o name`)
    assert.deepEqual(installed, [
      'servicemonitor.monitoring.coreos.com/example',
      'podmonitor.monitoring.coreos.com/example',
      'gateway.gateway.networking.k8s.io/example',
      'httproute.gateway.networking.k8s.io/example',
      'certificate.cert-manager.io/example',
    ])
    // Defaults of the schema are there.
    const path = '{.spec.rules[0].matches[0].path.type}'
    assert.deepEqual(await lines(`kubectl get httproute example -o jsonpath=${path}`), [
      'PathPrefix',
    ])
    // Helm 4 applies on the server's side, and is told whose field it would take.
    const managers = '{.metadata.managedFields[*].manager}/{.metadata.managedFields[*].operation}'
    const route = `kubectl get httproute example --show-managed-fields`
    assert.deepEqual(await lines(`${route} -o jsonpath='${managers}'`), ['helm/Apply'])
    const patch = '{"spec":{"hostnames":["mine.example.com"]}}'
    await lines(`kubectl patch httproute example --field-manager=me --type=merge -p '${patch}'`)
    const conflict = await client.shell(`helm upgrade shop ${chart} --set host=other.example.com`)
    assert.match(conflict.stderr, /conflict with "me" using gateway\.networking\.k8s\.io\/v1/)
    await helm(`upgrade shop ${chart} --set host=other.example.com --force-conflicts`)
    const hosts = await lines("kubectl get httproute example -o jsonpath='{.spec.hostnames[*]}'")
    assert.deepEqual(hosts, ['other.example.com'])
    const bad = await client.shell(`helm upgrade shop ${chart} --set port=70000`)
    assert.notEqual(bad.code, 0)
    assert.match(bad.stderr, /spec\.listeners\[0\]\.port: Invalid value: 70000/)
    await helm('uninstall shop --wait')
    assert.deepEqual(await lines(`kubectl get ${kinds} -o name`), [])
    const definitions = await lines('kubectl get crd -o name')
    assert.equal(definitions.length, definitionsIn(chart))
  })

  const helm = async (line: string): Promise<void> => {
    const { code, stderr } = await client.shell(`helm ${line}`)
    assert.equal(code, 0, stderr)
  }
  const lines = async (line: string): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await client.shell(line)
    assert.equal(code, 0, stderr)
    return stdout
      .trim()
      .split('\n')
      .filter((each) => each !== '')
  }
})

function makeChart(directory: string): string {
  const chart = join(directory, 'chart')
  for (const part of ['crds', 'templates']) mkdirSync(join(chart, part), { recursive: true })
  for (const project of PROJECTS) {
    const from = join(FIXTURES, 'crds', project)
    for (const name of readdirSync(from)) {
      const text = readFileSync(join(from, name), 'utf8')
      // The rest are policies about the definitions.
      const isDefinition = /^kind: CustomResourceDefinition$/m.test(text)
      if (isDefinition && text.length < LENGTH_MAX) writeFileSync(join(chart, 'crds', name), text)
    }
  }
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n')
  writeFileSync(join(chart, 'values.yaml'), 'host: shop.example.com\nport: 443\n')
  writeFileSync(join(chart, 'templates', 'objects.yaml'), OBJECTS)
  return chart
}

function definitionsIn(chart: string): number {
  const files = readdirSync(join(chart, 'crds'))
  const texts = files.map((name) => readFileSync(join(chart, 'crds', name), 'utf8'))
  return texts.flatMap((text) => text.match(/^kind: CustomResourceDefinition$/gm) ?? []).length
}

const OBJECTS = `
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: example }
spec:
  selector: { matchLabels: { app: shop } }
  endpoints: [{ port: web, interval: 30s }]
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: { name: example }
spec:
  selector: { matchLabels: { app: shop } }
  podMetricsEndpoints: [{ port: web }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: example }
spec:
  gatewayClassName: example
  listeners: [{ name: https, protocol: HTTP, port: {{ .Values.port }} }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: example }
spec:
  parentRefs: [{ name: example }]
  hostnames: [{{ .Values.host | quote }}]
  rules: [{ backendRefs: [{ name: shop, port: 80 }] }]
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: example }
spec:
  secretName: shop-tls
  dnsNames: [{{ .Values.host | quote }}]
  issuerRef: { name: ca }
`
