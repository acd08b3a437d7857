import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusWith } from '../../testing.node.ts'
import { SETTINGS_PARSERS } from './plugin-settings.ts'
import { podTests, type PodTests } from './testing-pods.node.ts'

const CONFIGURATION = `
apiVersion: apiserver.config.k8s.io/v1
kind: ResourceQuotaConfiguration
limitedResources:
  - resource: pods
    matchScopes:
      - { scopeName: PriorityClass, operator: In, values: [system-node-critical, x] }
  - resource: persistentvolumeclaims
    matchContains: [gold.storageclass.storage.k8s.io/requests.storage]
`
const CRITICAL = { priorityClassName: 'system-node-critical' }

function limited(): Promise<PodTests> {
  return podTests({ settings: SETTINGS_PARSERS['ResourceQuota']!(CONFIGURATION) })
}

async function addQuota({ api }: PodTests, hard: object, spec: object = {}): Promise<void> {
  const quotas = api.calls('v1', 'resourcequotas', 'default')
  await quotas.create({ metadata: { name: 'q' }, spec: { hard, ...spec } })
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']))
  await quotas.patch('q', { status: { hard, used } }, { subresource: 'status' })
}

test('what is limited by its scope takes a quota of that scope', async () => {
  await using tests = await limited()
  await tests.create()
  assert.equal(
    await tests.refusal(CRITICAL),
    'insufficient quota to match these scopes: [{PriorityClass In [system-node-critical x]}]',
  )
  const scope = { scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }
  await addQuota(tests, { pods: '1' }, { scopeSelector: { matchExpressions: [scope] } })
  await tests.create(CRITICAL)
  assert.match(await tests.refusal(CRITICAL), /exceeded quota: q, requested: pods=1/)
})

test('what is limited by its name takes a quota that bounds it', async () => {
  await using tests = await limited()
  const claims = tests.api.calls('v1', 'persistentvolumeclaims', 'default')
  const claim = (name: string, storageClassName: string): object => ({
    metadata: { name },
    spec: {
      storageClassName,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  })
  await claims.create(claim('silver', 'silver'))
  const limitedName = 'gold.storageclass.storage.k8s.io/requests.storage'
  const message = `persistentvolumeclaims "gold" is forbidden: insufficient quota to consume: ${limitedName}`
  await assert.rejects(claims.create(claim('gold', 'gold')), statusWith({ code: 403, message }))
  await addQuota(tests, { [limitedName]: '2Gi' })
  await claims.create(claim('gold', 'gold'))
})

test('limits that are for nothing are refused', () => {
  const text = CONFIGURATION.replaceAll('resource: pods', 'apiGroup: apps')
  assert.throws(() => SETTINGS_PARSERS['ResourceQuota']!(text), {
    message: 'limitedResources[0].resource: Required value',
  })
})
