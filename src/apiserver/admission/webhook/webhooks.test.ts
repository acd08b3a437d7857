import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { statusWith } from '../../testing.node.ts'
import { admissionSuite, configMap } from '../testing.node.ts'
import { deniedWith, patchedBy, type ReviewHandler } from '../testing-webhook.node.ts'

function conditions(expression: string): object {
  return { matchConditions: [{ name: 'c', expression }] }
}

const RULES = [
  { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
]

suite('admission webhooks', () => {
  const its = admissionSuite()

  /** A configuration with one webhook, which answers so. */
  const configured = (
    plural: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations',
    handler: ReviewHandler,
    more: object = {},
  ): Promise<AsyncDisposable> => {
    its.webhook.on('/hook', handler)
    return its.configure(plural, {
      metadata: { generateName: 'test-' },
      webhooks: [
        {
          name: 'hook.example.com',
          rules: RULES,
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: its.webhook.clientConfig('/hook'),
          ...more,
        },
      ],
    })
  }
  const validating = (handler: ReviewHandler, more?: object): Promise<AsyncDisposable> =>
    configured('validatingwebhookconfigurations', handler, more)
  const mutating = (handler: ReviewHandler, more?: object): Promise<AsyncDisposable> =>
    configured('mutatingwebhookconfigurations', handler, more)

  test('a webhook refuses, in its own words', async () => {
    await using _ = await validating(() => deniedWith('not today'))
    await assert.rejects(
      its.configMaps.create(configMap('a')),
      statusWith({
        code: 400,
        message: 'admission webhook "hook.example.com" denied the request: not today',
      }),
    )
  })

  test('a refusal without words says so; its code is honoured where it is one of failure', async () => {
    await using _ = await validating(({ name }) => ({
      allowed: false,
      status: { code: name === 'a' ? 200 : 418 },
    }))
    const message = 'admission webhook "hook.example.com" denied the request without explanation'
    await assert.rejects(its.configMaps.create(configMap('a')), statusWith({ code: 400, message }))
    await assert.rejects(its.configMaps.create(configMap('b')), statusWith({ code: 418, message }))
  })

  test('a patch changes what is stored', async () => {
    await using _ = await mutating(() =>
      patchedBy({ op: 'add', path: '/data', value: { added: 'yes' } }),
    )
    const { data } = await its.configMaps.create(configMap('patched'))
    assert.deepEqual(data, { added: 'yes' })
  })

  const GARBAGE: readonly (readonly [string, ReviewHandler, string])[] = [
    ['no JSON', () => '{', "failed to call webhook: couldn't get version/kind"],
    ['no response', () => '{}', 'received invalid webhook response: webhook response was absent'],
    [
      'the uid of another request',
      () => ({ uid: 'x', allowed: true }),
      'received invalid webhook response: expected response.uid=',
    ],
    [
      'no review',
      ({ uid }) => JSON.stringify({ response: { uid, allowed: true } }),
      'received invalid webhook response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=',
    ],
    [
      'a patch without its type',
      () => ({ allowed: true, patch: 'W10=' }),
      'received invalid webhook response: webhook returned response.patch but not response.patchType',
    ],
    [
      'a patch of another type',
      () => ({ allowed: true, patch: 'W10=', patchType: 'Merge' }),
      'unsupported patch type "Merge"',
    ],
  ]
  for (const [what, handler, reason] of GARBAGE) {
    test(`a webhook that answers with ${what} fails the request, or is passed over`, async () => {
      {
        await using _ = await mutating(handler)
        await assert.rejects(its.configMaps.create(configMap('garbage')), (error: Error) => {
          const intro = `Internal error occurred: failed calling webhook "hook.example.com": ${reason}`
          assert.ok(error.message.startsWith(intro), error.message)
          return true
        })
      }
      await using _ = await mutating(handler, { failurePolicy: 'Ignore' })
      await its.configMaps.create(configMap('garbage'))
      await its.configMaps.delete('garbage')
    })
  }

  test('a webhook that sends the server elsewhere is not followed', async () => {
    its.webhook.on('/elsewhere', () => ({ allowed: true }))
    const { url } = its.webhook.clientConfig('/elsewhere')
    await using _ = await mutating(() => new URL(url))
    await assert.rejects(
      its.configMaps.create(configMap('sent')),
      statusWith({ code: 500, message: /failed calling webhook "hook.example.com"/ }),
    )
    assert.equal(its.webhook.calls('/elsewhere'), 0)
  })

  test('a patch that does not apply, or leaves no object, fails the request', async () => {
    for (const operation of [
      { op: 'remove', path: '/data/none' },
      { op: 'replace', path: '/data', value: 7 },
      { op: 'replace', path: '', value: 'text' },
    ]) {
      await using _ = await mutating(() => patchedBy(operation))
      await assert.rejects(its.configMaps.create(configMap('broken')), statusWith({ code: 500 }))
    }
  })

  test('a patched object is validated', async () => {
    await using _ = await mutating(() =>
      patchedBy({ op: 'add', path: '/data', value: { 'not a key': 'x' } }),
    )
    await assert.rejects(
      its.configMaps.create(configMap('bad')),
      statusWith({ code: 422, message: /data\[not a key\]: Invalid value/ }),
    )
  })

  test('a webhook that hangs fails only the request', async () => {
    await using _ = await validating(
      ({ name }) => (name === 'hangs' ? undefined : { allowed: true }),
      {
        timeoutSeconds: 1,
      },
    )
    const hanging = assert.rejects(
      its.configMaps.create(configMap('hangs')),
      statusWith({
        code: 500,
        message: `Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://127.0.0.1:${its.webhook.port}/hook?timeout=1s": context deadline exceeded`,
      }),
    )
    await its.configMaps.create(configMap('others-go-on'))
    await hanging
  })

  test('dry runs are refused where a webhook has side effects only on real ones', async () => {
    await using _ = await validating(({ dryRun }) => ({ allowed: dryRun }), {
      sideEffects: 'NoneOnDryRun',
    })
    await its.configMaps.create(configMap('dry'), { options: { dryRun: ['All'] } })
  })

  test('conditions choose requests; one that fails decides by the failure policy', async () => {
    {
      await using _ = await validating(
        () => deniedWith('x'),
        conditions("object.metadata.name != 'skip'"),
      )
      await its.configMaps.create(configMap('skip'))
      await assert.rejects(its.configMaps.create(configMap('other')), statusWith({ code: 400 }))
    }
    const failing = conditions("object.data.none == 'x'")
    {
      await using _ = await validating(() => deniedWith('x'), failing)
      await assert.rejects(
        its.configMaps.create(configMap('other')),
        statusWith({
          code: 403,
          message:
            "configmaps \"other\" is forbidden: expression 'object.data.none == 'x'' resulted in error: no such key: data",
        }),
      )
    }
    await using _ = await validating(() => deniedWith('x'), { ...failing, failurePolicy: 'Ignore' })
    await its.configMaps.create(configMap('other', { a: 'b' }))
  })

  test('an equivalent version of the resource is asked about, in that version', async () => {
    const seen: string[] = []
    const rules = [
      { operations: ['CREATE'], apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['*'] },
    ]
    const scaler = {
      metadata: { name: 'scaler' },
      spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'x' } },
    }
    const handler: ReviewHandler = ({ object, kind, requestKind }) => {
      seen.push(`${object?.apiVersion} ${kind['version']} ${requestKind['version']}`)
      return { allowed: true }
    }
    const calls = its.server.calls('autoscaling/v2', 'horizontalpodautoscalers', 'default')
    {
      await using _ = await validating(handler, { rules, matchPolicy: 'Exact' })
      await calls.create(scaler)
      await calls.delete('scaler')
    }
    await using _ = await mutating(handler, { rules })
    await calls.create(scaler)
    assert.deepEqual(seen, ['autoscaling/v1 v1 v2'])
  })

  test('a webhook is asked again after later changes where it wants to be', async () => {
    await using _ = await its.configure('mutatingwebhookconfigurations', {
      metadata: { name: 'two' },
      webhooks: ['/first', '/second'].map((path) => ({
        name: `${path.slice(1)}.example.com`,
        rules: RULES,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        reinvocationPolicy: path === '/first' ? 'IfNeeded' : 'Never',
        clientConfig: its.webhook.clientConfig(path),
      })),
    })
    its.webhook.on('/first', ({ object }) =>
      object?.data?.['second']
        ? patchedBy({ op: 'add', path: '/data/first', value: 'saw second' })
        : { allowed: true },
    )
    its.webhook.on('/second', () => patchedBy({ op: 'add', path: '/data/second', value: 'x' }))
    const { data } = await its.configMaps.create(configMap('again', { a: 'b' }))
    assert.deepEqual(data, { a: 'b', first: 'saw second', second: 'x' })
    assert.deepEqual([its.webhook.calls('/first'), its.webhook.calls('/second')], [2, 1])
  })

  test('configurations of admission are exempt', async () => {
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }]
    const hook = await validating(() => deniedWith('never'), { rules })
    await assert.rejects(its.configMaps.create(configMap('x')), statusWith({ code: 400 }))
    await hook[Symbol.asyncDispose]()
  })
})
