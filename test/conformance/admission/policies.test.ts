import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conformance } from '../conformance.ts'
import type { Answer, Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'
import { configure } from './configure.ts'

const MATCH = {
  matchConstraints: {
    resourceRules: [
      {
        operations: ['CREATE', 'UPDATE'],
        apiGroups: ['apps'],
        apiVersions: ['v1'],
        resources: ['deployments'],
      },
    ],
  },
}

function deployment(name: string, replicas: number): object {
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'x' }] },
      },
    },
  }
}

describe('admission policies', () => {
  const api = suite({ nodes: 0 })

  const bound = async (
    kind: string,
    namespace: string,
    spec: object,
    validationActions = ['Deny'],
  ): Promise<AsyncDisposable> => {
    const stack = new AsyncDisposableStack()
    const name = `${kind}-${namespace}`
    const policies = `${kind}admissionpolicies`
    stack.use(
      await configure(api.rest, policies, { metadata: { name }, spec: { ...MATCH, ...spec } }),
    )
    const selector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
    const binding = {
      policyName: name,
      matchResources: { namespaceSelector: selector },
      ...(kind === 'validating' && { validationActions }),
    }
    stack.use(
      await configure(api.rest, `${kind}admissionpolicybindings`, {
        metadata: { name },
        spec: binding,
      }),
    )
    return stack
  }
  const path = async (namespace: string): Promise<string> => {
    await api.namespace(namespace)
    return `/apis/apps/v1/namespaces/${namespace}/deployments`
  }
  const tryCreate = (at: string, body: object): Promise<Answer> =>
    api.rest.call('POST', at, { body })

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should validate against a Deployment [Conformance]',
    async () => {
      const at = await path('vap-one')
      await using _ = await bound('validating', 'vap-one', {
        validations: [
          {
            expression: 'object.spec.replicas > 1',
            messageExpression: "'wants replicas > 1, got ' + string(object.spec.replicas)",
          },
          { expression: "namespaceObject.metadata.name == 'vap-one'" },
        ],
      })
      const { status, body } = await tryCreate(at, deployment('one', 1))
      assert.equal(status, 422)
      assert.match(String(body['message']), /denied request: wants replicas > 1, got 1/)
      await api.rest.post(at, deployment('two', 2))
    },
  )

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should allow expressions to refer variables. [Conformance]',
    async () => {
      const at = await path('vap-variables')
      await using _ = await bound('validating', 'vap-variables', {
        variables: [
          { name: 'replicas', expression: 'object.spec.replicas' },
          { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' },
        ],
        validations: [
          { expression: 'variables.replicas > 1' },
          { expression: 'variables.oddReplicas' },
        ],
      })
      assert.equal((await tryCreate(at, deployment('even', 4))).status, 422)
      assert.equal((await tryCreate(at, deployment('one', 1))).status, 422)
      await api.rest.post(at, deployment('three', 3))
    },
  )

  test('a binding that warns tells the client, and lets the request pass', async () => {
    const at = await path('vap-warns')
    const validations = [{ expression: 'false', message: 'not good' }]
    await using _ = await bound('validating', 'vap-warns', { validations }, ['Warn', 'Audit'])
    const { status, headers } = await tryCreate(at, deployment('one', 1))
    assert.equal(status, 201)
    assert.match(
      String(headers['warning']),
      /Validation failed for ValidatingAdmissionPolicy 'validating-vap-warns' with binding 'validating-vap-warns': not good/,
    )
  })

  const replicasOf = ({ spec }: Wire): unknown => (spec as { readonly replicas: number }).replicas

  conformance(
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment [Conformance]',
    async () => {
      const at = await path('map-one')
      await using _ = await bound('mutating', 'map-one', {
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 5}}' },
          },
        ],
      })
      assert.equal(replicasOf(await api.rest.post(at, deployment('a', 1))), 5)
    },
  )

  conformance(
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment with annotations [Conformance]',
    async () => {
      const at = await path('map-two')
      await using _ = await bound('mutating', 'map-two', {
        reinvocationPolicy: 'IfNeeded',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: {
              expression: "Object{metadata: Object.metadata{annotations: {'my-annotation': 'on'}}}",
            },
          },
        ],
      })
      const { metadata } = await api.rest.post(at, deployment('a', 1))
      assert.equal(metadata.annotations?.['my-annotation'], 'on')
    },
  )
})
