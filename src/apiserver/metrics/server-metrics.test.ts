import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { ask1, type Answer } from '../../serving/testing.node.ts'
import { createAuditor } from '../audit/auditor.ts'
import { parseAuditPolicy } from '../audit/parse-audit-policy.ts'
import { prometheusRoutes } from '../http/prometheus.node.ts'
import { httpsTestServer, type HttpsTestServer } from '../http/testing.node.ts'
import type { Route } from '../http/router.ts'
import { serverMetrics } from './server-metrics.ts'

async function meteredServer(t: TestContext, flags = {}) {
  const metrics = serverMetrics()
  const api = await httpsTestServer(t, {
    metrics,
    flags,
    admissionPlugins: [{ name: 'Nothing', operations: ['CREATE'], validate: () => undefined }],
    routes: () => prometheusRoutes(metrics),
  })
  return { api, ask: (path: string, headers = {}) => ask(api, path, headers) }
}

function ask(
  { port, pki }: HttpsTestServer,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  const { certPem: cert, keyPem: key } = pki.superAdmin
  const post = body && { method: 'POST', body: JSON.stringify(body) }
  return ask1(port, path, {
    cert,
    key,
    headers: { ...headers, 'content-type': 'application/json' },
    ...post,
  })
}

test('/metrics tells what the audit log was told, and what it lost', async (t) => {
  const metrics = serverMetrics()
  const audit = createAuditor({
    policy: parseAuditPolicy(AUDIT_POLICY),
    clock: systemClock,
    backend: {
      send: () => undefined,
      lost: () => ({ webhook: 7 }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  })
  const routes = (): readonly Route[] => prometheusRoutes(metrics)
  const api = await httpsTestServer(t, { metrics, audit, routes })
  await ask(api, '/version', {})
  const lines = (await ask(api, '/metrics', {})).body.toString().split('\n')
  assert.deepEqual(
    lines.filter((line) => line.startsWith('apiserver_audit_') && !line.includes('"None"')),
    [
      'apiserver_audit_event_total 2',
      'apiserver_audit_error_total{plugin="webhook"} 7',
      'apiserver_audit_level_total{level="Metadata"} 1',
      'apiserver_audit_requests_rejected_total 0',
    ],
  )
})

const AUDIT_POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - { level: Metadata, nonResourceURLs: [/version] }
  - { level: None }
`

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

test('/metrics tells by upstream names what the server did', async (t) => {
  const { api, ask: get } = await meteredServer(t)
  await ask(api, CONFIG_MAPS, {}, { metadata: { name: 'a' } })
  await get(CONFIG_MAPS)
  await get(`${CONFIG_MAPS}/none`)
  const endpoints = await get('/api/v1/namespaces/default/endpoints')
  assert.match(String(endpoints.headers['warning']), /v1 Endpoints is deprecated in v1\.33\+/)
  await ask1(api.port, CONFIG_MAPS) // Nobody may ask that.
  const text = (await get('/metrics')).body.toString()
  for (const line of [
    'apiserver_request_total{verb="POST",group="",version="v1",resource="configmaps",subresource="",scope="namespace",component="apiserver",dry_run="",code="201"} 1',
    'apiserver_request_total{verb="LIST",group="",version="v1",resource="configmaps",subresource="",scope="namespace",component="apiserver",dry_run="",code="401"} 1',
    'apiserver_request_duration_seconds_count{verb="GET",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",dry_run=""} 1',
    'apiserver_response_sizes_bucket{verb="LIST",group="",version="v1",resource="configmaps",subresource="",scope="namespace",component="apiserver",le="1000"} 2',
    // The request that asks for it.
    'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
    'etcd_requests_total{operation="create",group="",resource="configmaps"} 1',
    'apiserver_storage_objects{resource="configmaps"} 1',
    'apiserver_resource_objects{group="scheduling.k8s.io",resource="priorityclasses"} 2',
    'apiserver_requested_deprecated_apis{group="",version="v1",resource="endpoints",subresource="",removed_release=""} 1',
    'authentication_attempts{result="success"} 6',
  ]) {
    assert.ok(text.includes(`${line}\n`), line)
  }
  // The server's own writes at its start count too.
  const step = 'apiserver_admission_step_admission_duration_seconds_count'
  assert.match(
    text,
    new RegExp(`${step}\\{operation="CREATE",rejected="false",type="admit"\\} [1-9]`),
  )
  assert.match(
    text,
    /admission_duration_seconds_count\{name="Nothing",operation="CREATE",rejected="false",type="validate"\} \d/,
  )
  for (const name of [
    'apiserver_request_sli_duration_seconds',
    'etcd_request_duration_seconds',
    'authorization_attempts_total',
    'kubernetes_build_info',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
  ]) {
    assert.ok(text.includes(`\n# TYPE ${name} `), name)
  }
})

test('/metrics/slis tells what became of health checks', async (t) => {
  const { ask: get } = await meteredServer(t)
  await get('/readyz')
  await get('/readyz')
  const text = (await get('/metrics/slis')).body.toString()
  assert.match(text, /kubernetes_healthcheck\{name="etcd",type="readyz"\} 1\n/)
  assert.match(
    text,
    /kubernetes_healthchecks_total\{name="ping",status="success",type="readyz"\} 2\n/,
  )
})

test('/readyz names its checks as upstream does', async (t) => {
  const { ask: get } = await meteredServer(t)
  const lines = (await get('/readyz?verbose')).body.toString().split('\n')
  for (const name of [
    'ping',
    'log',
    'etcd',
    'etcd-readiness',
    'poststarthook/start-system-namespaces-controller',
    'poststarthook/scheduling/bootstrap-system-priority-classes',
    'shutdown',
  ]) {
    assert.ok(lines.includes(`[+]${name} ok`), name)
  }
  const livez = (await get('/livez?verbose&exclude=etcd')).body.toString()
  assert.match(livez, /\[\+\]etcd excluded: ok\n/)
  assert.doesNotMatch(livez, /shutdown/)
  assert.equal((await get('/livez/poststarthook/start-system-namespaces-controller')).status, 200)
})

test('/statusz and /flagz speak text to people and JSON to programs', async (t) => {
  const { ask: get } = await meteredServer(t, { 'request-timeout': '1m0s' })
  const status = (await get('/statusz')).body.toString()
  assert.match(
    status,
    /\nkube-apiserver statusz\nWarning: This endpoint is not meant to be machine/,
  )
  assert.match(status, /\nUp: 0 hr 00 min \d\d sec\n/)
  assert.match(status, /\nPaths: .*\/readyz/)
  const flags = (await get('/flagz')).body.toString()
  assert.match(flags, /\nrequest-timeout=1m0s\n/)
  const json = async (path: string, as: string): Promise<Record<string, unknown>> => {
    const accept = `application/json;v=v1beta1;g=config.k8s.io;as=${as}`
    const { headers, body } = await get(path, { accept })
    assert.equal(headers['content-type'], 'application/json')
    return JSON.parse(body.toString()) as Record<string, unknown>
  }
  assert.deepEqual(await json('/flagz', 'Flagz'), {
    kind: 'Flagz',
    apiVersion: 'config.k8s.io/v1beta1',
    metadata: { name: 'kube-apiserver' },
    flags: { 'request-timeout': '1m0s' },
  })
  const { binaryVersion, emulationVersion } = await json('/statusz', 'Statusz')
  assert.deepEqual([binaryVersion, emulationVersion], ['1.36.0', '1.36'])
  assert.equal((await get('/statusz', { accept: 'application/json' })).status, 406)
})
