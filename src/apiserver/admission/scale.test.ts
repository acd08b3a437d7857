import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ApiObject } from '../registry/api-object.ts'
import { statusWith, type ResourceCalls } from '../testing.node.ts'
import { crontab, crontabs } from '../apiextensions/testing.node.ts'
import { admissionSuite } from './testing.node.ts'
import { deniedWith, patchedBy, type ReviewRequest } from './testing-webhook.node.ts'

const SCALE_KIND = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const subresource = 'scale'

function replicasOf(object: ApiObject | ReviewRequest['object']): number | undefined {
  return (object?.['spec'] as { replicas?: number } | undefined)?.replicas
}

function rule(apiGroup: string, resource: string, apiVersion = 'v1'): object {
  return {
    operations: ['UPDATE'],
    apiGroups: [apiGroup],
    apiVersions: [apiVersion],
    resources: [resource],
  }
}

const VERSION = {
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { size: { type: 'integer' } } },
        status: { type: 'object', properties: { size: { type: 'integer' } } },
      },
    },
  },
}
const SCALED = {
  ...VERSION,
  subresources: { scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
}

suite('admission of scales', () => {
  const its = admissionSuite()

  /** A Deployment, a CronTab in its two versions, and a third version that has no scale. */
  const scalable = async (): Promise<readonly ResourceCalls[]> => {
    const { server } = its
    const deployments = server.calls('apps/v1', 'deployments', 'default')
    const labels = { app: 'a' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    await deployments
      .create({
        metadata: { name: 'd', labels },
        spec: { replicas: 1, selector: { matchLabels: labels }, template },
      })
      .catch(() => undefined)
    const definitions = server.calls('apiextensions.k8s.io/v1', 'customresourcedefinitions')
    const versions = [
      { name: 'v1', served: true, storage: true, ...SCALED },
      { name: 'v2', served: true, storage: false, ...SCALED },
      { name: 'v3', served: true, storage: false, ...VERSION },
    ]
    await definitions.create(crontabs({}, {}, { versions })).catch(() => undefined)
    const served = (): boolean =>
      server.server.registry.find('stable.example.com', 'v3', 'crontabs') !== undefined
    await definitions.watch({ fieldSelector: 'metadata.name=crontabs.stable.example.com' }, served)
    const all = ['v1', 'v2'].map((version) =>
      server.calls(`stable.example.com/${version}`, 'crontabs', 'default'),
    )
    await all[0]!.create(crontab('d', { size: 1 })).catch(() => undefined)
    return [deployments, ...all]
  }

  const hook = (
    plural: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations',
    more: object,
  ): Promise<AsyncDisposable> =>
    its.configure(plural, {
      metadata: { generateName: 'test-' },
      webhooks: [
        {
          name: 'hook.example.com',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: its.webhook.clientConfig('/hook'),
          ...more,
        },
      ],
    })

  test('webhooks are shown Scales, old and new', async () => {
    const [deployments, v1, v2] = await scalable()
    const seen: ReviewRequest[] = []
    its.webhook.on('/hook', (request) => {
      seen.push(request)
      return { allowed: true }
    })
    const rules = [
      rule('apps', 'deployments/scale'),
      rule('stable.example.com', 'crontabs/scale', 'v2'),
    ]
    await using _ = await hook('validatingwebhookconfigurations', { rules })
    for (const calls of [deployments!, v1!, v2!]) {
      const replicas = (replicasOf(await calls.get('d', { subresource })) ?? 0) + 1
      await calls.patch('d', { spec: { replicas } }, { subresource })
      const { kind, requestKind, object, oldObject } = seen.pop()!
      assert.deepEqual([kind, requestKind], [SCALE_KIND, SCALE_KIND])
      assert.deepEqual([object?.kind, oldObject?.kind], ['Scale', 'Scale'])
      assert.deepEqual([replicasOf(object), replicasOf(oldObject)], [replicas, replicas - 1])
      assert.equal(object?.metadata.labels, undefined)
    }
    // Only the versions that have a scale are equivalent, and what is written literally is taken so.
    assert.equal(seen.length, 0)
  })

  test('rules for another version do not match exactly, nor where that has no scale', async () => {
    const [, v1] = await scalable()
    its.webhook.on('/hook', () => deniedWith('no'))
    for (const [version, matchPolicy] of [
      ['v2', 'Exact'],
      ['v3', 'Equivalent'],
    ] as const) {
      const rules = [rule('stable.example.com', 'crontabs/scale', version)]
      await using _ = await hook('validatingwebhookconfigurations', { rules, matchPolicy })
      await v1!.patch('d', { spec: { replicas: 5 } }, { subresource })
    }
    const rules = [rule('autoscaling', '*/scale')]
    await using _ = await hook('validatingwebhookconfigurations', { rules })
    await v1!.patch('d', { spec: { replicas: 6 } }, { subresource })
  })

  test('Scales have no labels to select by', async () => {
    const [deployments] = await scalable()
    its.webhook.on('/hook', () => deniedWith('no'))
    const rules = [rule('apps', 'deployments/scale')]
    const objectSelector = { matchLabels: { app: 'a' } }
    await using _ = await hook('validatingwebhookconfigurations', { rules, objectSelector })
    await deployments!.patch('d', { spec: { replicas: 7 } }, { subresource })
  })

  test('what a webhook makes of a Scale is what is stored', async () => {
    const all = await scalable()
    its.webhook.on('/hook', () => patchedBy({ op: 'replace', path: '/spec/replicas', value: 30 }))
    const rules = [rule('apps', '*/scale'), rule('stable.example.com', '*/scale', '*')]
    {
      await using _ = await hook('mutatingwebhookconfigurations', { rules })
      for (const calls of all) {
        const scale = await calls.patch('d', { spec: { replicas: 3 } }, { subresource })
        assert.equal(replicasOf(scale), 30)
      }
    }
    its.webhook.on('/hook', () => patchedBy({ op: 'replace', path: '/spec/replicas', value: 'x' }))
    await using _ = await hook('mutatingwebhookconfigurations', { rules })
    await assert.rejects(
      all[0]!.patch('d', { spec: { replicas: 4 } }, { subresource }),
      statusWith({ code: 500 }),
    )
  })

  test('policies judge and change Scales', async () => {
    const all = await scalable()
    const resourceRules = [rule('apps', '*/scale'), rule('stable.example.com', '*/scale', '*')]
    const matchConstraints = { resourceRules }
    const policy = async (
      kind: string,
      spec: object,
      binding: object,
    ): Promise<AsyncDisposable> => {
      const stack = new AsyncDisposableStack()
      const metadata = { name: 'scales' }
      stack.use(
        await its.configure(`${kind}policies`, { metadata, spec: { matchConstraints, ...spec } }),
      )
      stack.use(
        await its.configure(`${kind}policybindings`, {
          metadata,
          spec: { policyName: 'scales', ...binding },
        }),
      )
      return stack
    }
    {
      const expression =
        "request.kind.kind == 'Scale' && object.spec.replicas - oldObject.spec.replicas <= 10"
      await using _ = await policy(
        'validatingadmission',
        { validations: [{ expression, message: 'too fast' }] },
        { validationActions: ['Deny'] },
      )
      for (const calls of all) {
        await assert.rejects(
          calls.patch('d', { spec: { replicas: 100 } }, { subresource }),
          statusWith({ code: 422, message: /too fast/ }),
        )
      }
    }
    const expression = 'Object{spec: Object.spec{replicas: object.spec.replicas * 2}}'
    await using _ = await policy(
      'mutatingadmission',
      {
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      },
      {},
    )
    for (const calls of all) {
      const scale = await calls.patch('d', { spec: { replicas: 21 } }, { subresource })
      assert.equal(replicasOf(scale), 42)
    }
  })

  test('whoever scales owns the number of replicas', async () => {
    const [deployments] = await scalable()
    await deployments!.patch(
      'd',
      { spec: { replicas: 9 } },
      { subresource, options: { fieldManager: 'me' } },
    )
    const { metadata } = await deployments!.get('d')
    const own = metadata.managedFields?.find(({ manager }) => manager === 'me')
    assert.equal(own?.subresource, 'scale')
    assert.deepEqual(own.fieldsV1, { 'f:spec': { 'f:replicas': {} } })
  })
})
