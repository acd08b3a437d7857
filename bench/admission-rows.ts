import { startAdmissionWebhook } from '../src/apiserver/admission/testing-webhook.node.ts'
import {
  startSecureTestServer,
  type SecureTestServer,
} from '../src/apiserver/testing-secure.node.ts'
import { httpsWebhooks } from '../src/apiserver/webhook-client/webhook-caller.node.ts'
import type { Figure, Row } from './row.ts'

const API = 'admissionregistration.k8s.io/v1'
const CREATES = 2000

/** What policies and webhooks add to a write, inside the API server, without HTTP to it and without a disk. */
export const ADMISSION_ROWS: readonly Row[] = [
  {
    name: 'admission',
    what: `one validating policy, and one webhook over loopback, each on ${CREATES} creates in turn`,
    measure,
  },
]

const RULES = [
  { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
]

async function measure(): Promise<readonly Figure[]> {
  using webhooks = httpsWebhooks()
  await using server = await startSecureTestServer({ webhooks })
  await using hook = await startAdmissionWebhook()
  hook.on('/hook', () => ({ allowed: true }))
  await creates(server, 'warm')
  const plain = await creates(server, 'plain')
  await configurePolicy(server)
  await creates(server, 'policy-warm')
  const policy = await creates(server, 'policy')
  await server.calls(API, 'validatingwebhookconfigurations').create({
    metadata: { name: 'bench' },
    webhooks: [
      {
        name: 'bench.example.com',
        rules: RULES,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        clientConfig: hook.clientConfig('/hook'),
      },
    ],
  })
  await creates(server, 'webhook-warm')
  const webhook = await creates(server, 'webhook')
  const unit = 'µs'
  return [
    { name: 'create of a ConfigMap', value: plain, unit },
    { name: 'one policy more', value: policy - plain, unit },
    { name: 'one webhook more', value: webhook - policy, unit },
  ]
}

async function configurePolicy(server: SecureTestServer): Promise<void> {
  await server.calls(API, 'validatingadmissionpolicies').create({
    metadata: { name: 'bench' },
    spec: {
      matchConstraints: { resourceRules: RULES },
      validations: [{ expression: "object.metadata.name.size() < 64 && 'a' in object.data" }],
    },
  })
  await server.calls(API, 'validatingadmissionpolicybindings').create({
    metadata: { name: 'bench' },
    spec: { policyName: 'bench', validationActions: ['Deny'] },
  })
}

/** Microseconds for each of many creates, one after another. */
async function creates(server: SecureTestServer, prefix: string): Promise<number> {
  const calls = server.calls('v1', 'configmaps', 'default')
  const startMs = performance.now()
  for (let i = 0; i < CREATES; i++)
    await calls.create({ metadata: { name: `${prefix}-${i}` }, data: { a: 'b' } })
  return ((performance.now() - startMs) / CREATES) * 1000
}
