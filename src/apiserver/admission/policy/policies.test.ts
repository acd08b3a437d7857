import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { crontab, crontabs } from '../../apiextensions/testing.node.ts'
import { statusWith } from '../../testing.node.ts'
import { admissionSuite, configMap } from '../testing.node.ts'

const INTEGER = { type: 'integer' }
const RULE = {
  operations: ['CREATE', 'UPDATE'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
}
const MATCH = { matchConstraints: { resourceRules: [RULE] } }

/** Several things that end together, the last first. */
function together(...all: readonly AsyncDisposable[]): AsyncDisposable {
  const stack = new AsyncDisposableStack()
  for (const each of all) stack.use(each)
  return stack
}

suite('admission policies', () => {
  const its = admissionSuite()

  const bound = async (
    kind: 'validating' | 'mutating',
    spec: object,
    binding: object = {},
  ): Promise<AsyncDisposable> => {
    const policy = await its.configure(`${kind}admissionpolicies`, {
      metadata: { name: 'policy' },
      spec: { ...MATCH, ...(kind === 'mutating' && { reinvocationPolicy: 'Never' }), ...spec },
    })
    const actions = kind === 'validating' && { validationActions: ['Deny'] }
    const bond = await its.configure(`${kind}admissionpolicybindings`, {
      metadata: { name: 'binding' },
      spec: { policyName: 'policy', ...actions, ...binding },
    })
    return together(policy, bond)
  }
  const validating = (spec: object, binding?: object): Promise<AsyncDisposable> =>
    bound('validating', spec, binding)
  const mutating = (spec: object, binding?: object): Promise<AsyncDisposable> =>
    bound('mutating', spec, binding)

  const INTRO = "ValidatingAdmissionPolicy 'policy' with binding 'binding' denied request: "
  const refused = (name: string, message: string, data = {}): Promise<void> =>
    assert.rejects(
      its.configMaps.create(configMap(name, data)),
      statusWith({
        code: 422,
        reason: 'Invalid',
        message: `configmaps "${name}" is forbidden: ${INTRO}${message}`,
      }),
    )

  test('a policy refuses, with its expression, its message or a computed one', async () => {
    const expression = "object.metadata.name.startsWith('ok')"
    {
      await using _ = await validating({ validations: [{ expression }] })
      await its.configMaps.create(configMap('ok'))
      await refused('bad', `failed expression: ${expression}`)
    }
    {
      await using _ = await validating({ validations: [{ expression, message: 'no' }] })
      await refused('bad', 'no')
    }
    const messageExpression = "'not ' + object.metadata.name"
    await using _ = await validating({ validations: [{ expression, messageExpression }] })
    await refused('bad', 'not bad')
  })

  test('the reason of a validation is that of the refusal', async () => {
    await using _ = await validating({
      validations: [{ expression: 'false', reason: 'Forbidden' }],
    })
    await assert.rejects(
      its.configMaps.create(configMap('a')),
      statusWith({ code: 403, reason: 'Forbidden' }),
    )
  })

  test('an error of an expression refuses, unless failures are ignored', async () => {
    const validations = [{ expression: "object.data.none == 'x'" }]
    {
      await using _ = await validating({ validations })
      const message = `expression 'object.data.none == 'x'' resulted in error: no such key: none`
      await refused('a', message, { a: 'b' })
    }
    {
      await using _ = await validating({ validations, failurePolicy: 'Ignore' })
      await its.configMaps.create(configMap('failing', { a: 'b' }))
    }
    // A binding that only warns, or only notes, does so with errors too.
    for (const [name, action] of [
      ['warned', 'Warn'],
      ['noted', 'Audit'],
    ] as const) {
      await using _ = await validating({ validations }, { validationActions: [action] })
      await its.configMaps.create(configMap(name, { a: 'b' }))
    }
  })

  test('expressions use variables, the namespace, the request and the authorizer', async () => {
    await using _ = await validating({
      variables: [
        { name: 'keys', expression: 'object.data.size()' },
        { name: 'double', expression: 'variables.keys * 2' },
        { name: 'broken', expression: 'object.none.none' },
      ],
      validations: [
        {
          expression: 'variables.double == 4',
          messageExpression: "'has ' + string(variables.keys)",
        },
        { expression: "namespaceObject.metadata.name == 'default'" },
        { expression: "request.operation == 'CREATE' && request.userInfo.username == 'admin'" },
        { expression: "authorizer.requestResource.check('create').allowed()" },
        { expression: "authorizer.group('').resource('pods').check('get').allowed()" },
        {
          expression:
            "!authorizer.serviceAccount('default', 'x').path('/x').check('get').allowed()",
        },
      ],
    })
    await its.configMaps.create(configMap('two-keys', { a: 'x', b: 'y' }))
    await refused('one-key', 'has 1', { a: 'x' })
  })

  test('parameters are found by name and by labels; a missing one is as the binding says', async () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConditions: [{ name: 'tested', expression: "object.metadata.name.startsWith('t-')" }],
      validations: [
        {
          expression: 'object.data.size() <= int(params.data.max)',
          messageExpression: "'at most ' + params.data.max",
        },
      ],
    }
    await its.configMaps.create({
      metadata: { name: 'limits', labels: { limits: 'yes' } },
      data: { max: '1' },
    })
    for (const ref of [{ name: 'limits' }, { selector: { matchLabels: { limits: 'yes' } } }]) {
      const paramRef = { ...ref, parameterNotFoundAction: 'Deny' }
      await using _ = await validating(spec, { paramRef })
      await refused('t-a', 'at most 1', { a: 'x', b: 'y' })
    }
    {
      const paramRef = { name: 'none', parameterNotFoundAction: 'Deny' }
      await using _ = await validating(spec, { paramRef })
      const reason = 'no params found for policy binding with `Deny` parameterNotFoundAction'
      await refused('t-a', `failed to configure binding: ${reason}`)
    }
    const paramRef = { name: 'none', parameterNotFoundAction: 'Allow' }
    await using _ = await validating(spec, { paramRef })
    await its.configMaps.create(configMap('t-allowed', { a: 'x', b: 'y' }))
  })

  test('custom resources are parameters too', async () => {
    const definitions = its.server.calls('apiextensions.k8s.io/v1', 'customresourcedefinitions')
    const { metadata } = await definitions.create(crontabs({ properties: { max: INTEGER } }))
    await definitions.watch(
      { fieldSelector: `metadata.name=${metadata.name}` },
      () => its.server.server.registry.find('stable.example.com', 'v1', 'crontabs') !== undefined,
    )
    await its.server
      .calls('stable.example.com/v1', 'crontabs', 'default')
      .create(crontab('limits', { max: 1 }))
    await using _ = await validating(
      {
        paramKind: { apiVersion: 'stable.example.com/v1', kind: 'CronTab' },
        validations: [{ expression: 'object.data.size() <= params.spec.max' }],
      },
      { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } },
    )
    await its.configMaps.create(configMap('small', { a: 'x' }))
    await refused('large', 'failed expression: object.data.size() <= params.spec.max', {
      a: 'x',
      b: 'y',
    })
  })

  test('a binding narrows what its policy matches', async () => {
    const matchResources = { objectSelector: { matchLabels: { strict: 'yes' } } }
    await using _ = await validating({ validations: [{ expression: 'false' }] }, { matchResources })
    await its.configMaps.create(configMap('lenient'))
    await assert.rejects(
      its.configMaps.create({ metadata: { name: 'strict', labels: { strict: 'yes' } } }),
      statusWith({ code: 422 }),
    )
  })

  test('hostile expressions run out of budget', async () => {
    const data = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, 'x']))
    const expression = 'object.data.all(a, object.data.all(b, object.data.all(c, a + b != c)))'
    await using _ = await validating({ validations: [{ expression }] })
    await refused(
      'large',
      `expression '${expression}' resulted in error: operation cancelled: actual cost limit exceeded`,
      data,
    )
  })

  const configuration = (expression: string): object => {
    return { mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }] }
  }
  const jsonPatch = (expression: string): object => {
    return { mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }] }
  }

  test('a policy merges a configuration into the object', async () => {
    await using _ = await mutating(
      configuration("Object{metadata: Object.metadata{labels: {'added': object.metadata.name}}}"),
    )
    const { metadata } = await its.configMaps.create({
      metadata: { name: 'merged', labels: { own: 'x' } },
    })
    assert.deepEqual(metadata.labels, { own: 'x', added: 'merged' })
  })

  test('a policy patches the object; a test that fails leaves it alone', async () => {
    await using _ = await mutating(
      jsonPatch(
        "[JSONPatch{op: 'test', path: '/data/a', value: 'x'}, JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('b'), value: 'y'}]",
      ),
    )
    const [one, two] = [
      await its.configMaps.create(configMap('p1', { a: 'x' })),
      await its.configMaps.create(configMap('p2', { a: 'z' })),
    ]
    assert.deepEqual([one['data'], two['data']], [{ a: 'x', b: 'y' }, { a: 'z' }])
  })

  test('a mutation that fails refuses, unless failures are ignored', async () => {
    const spec = jsonPatch("[JSONPatch{op: 'remove', path: '/data/none'}]")
    {
      await using _ = await mutating(spec)
      await assert.rejects(
        its.configMaps.create(configMap('m', { a: 'x' })),
        statusWith({
          code: 422,
          message: /policy 'policy' with binding 'binding' denied request: /,
        }),
      )
    }
    await using _ = await mutating({ ...spec, failurePolicy: 'Ignore' })
    await its.configMaps.create(configMap('m', { a: 'x' }))
  })

  test('atomic lists cannot be merged into', async () => {
    await using _ = await mutating({
      ...configuration("Object{spec: Object.spec{accessModes: ['ReadOnlyMany']}}"),
      matchConstraints: { resourceRules: [{ ...RULE, resources: ['persistentvolumeclaims'] }] },
    })
    await assert.rejects(
      its.server.calls('v1', 'persistentvolumeclaims', 'default').create({
        metadata: { name: 'claim' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '1Gi' } },
        },
      }),
      statusWith({
        code: 422,
        message: /may not mutate atomic arrays, maps or structs: .spec.accessModes/,
      }),
    )
  })
})
