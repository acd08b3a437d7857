import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1/index.ts'
import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import type { Input } from '../../schema/message.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { validatingAdmissionPolicyStatusController } from './validatingadmissionpolicy-status-controller.ts'

test('expressions that do not fit the matched kinds are told in the status', async () => {
  const builtIn = [Deployment, ReplicaSet]
  await using cluster = await testCluster([validatingAdmissionPolicyStatusController({ builtIn })])
  const { client } = cluster
  const create = (name: string, ...expressions: string[]): Promise<unknown> =>
    client.create(ValidatingAdmissionPolicy, {
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              operations: ['CREATE'],
              apiGroups: ['apps'],
              apiVersions: ['v1'],
              resources: ['deployments', 'replicasets'],
            },
          ],
        },
        validations: expressions.map((expression) => ({ expression })),
      },
    })
  await create(
    'typed',
    "object.spec.replicas > 1 && object.metadata.name != 'x'",
    'object.spec.replicas > "1"',
    'object.spec.paused == true',
  )
  await create('good', 'object.spec.template.spec.containers.all(c, c.image.size() > 0)')
  await cluster.settle()
  const statusOf = async (name: string): Promise<ValidatingAdmissionPolicy['status']> =>
    (await client.get(ValidatingAdmissionPolicy, { name })).status
  assert.deepEqual((await statusOf('good'))?.typeChecking, {})
  const { observedGeneration, typeChecking } = await statusOf('typed')
  assert.equal(observedGeneration, 1)
  const [first, second, ...more] = typeChecking?.expressionWarnings ?? []
  assert.equal(more.length, 0)
  assert.equal(first?.fieldRef, 'spec.validations[1].expression')
  assert.match(
    first.warning,
    /^apps\/v1, Kind=Deployment: ERROR: .*found no matching overload[^]*\n\napps\/v1, Kind=ReplicaSet: ERROR: /,
  )
  assert.equal(second?.fieldRef, 'spec.validations[2].expression')
  assert.match(second.warning, /^apps\/v1, Kind=ReplicaSet: ERROR: .*undefined field 'paused'/)
})

test('a policy of built-in kinds that was checked is not compiled again', async () => {
  const builtIn = [Deployment]
  const checker = validatingAdmissionPolicyStatusController({ builtIn })
  await using cluster = await testCluster([checker])
  const { client } = cluster
  const rule = {
    operations: ['CREATE' as const],
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    resources: ['deployments'],
  }
  const created = await client.create(ValidatingAdmissionPolicy, {
    metadata: { name: 'good' },
    spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] },
  })
  await cluster.settle()
  const checked = await client.get(ValidatingAdmissionPolicy, created.metadata)
  // A check would take this away.
  const typeChecking = { expressionWarnings: [{ fieldRef: 'spec', warning: 'seen' }] }
  const status = { ...checked.status, typeChecking }
  await client.updateStatus(ValidatingAdmissionPolicy, { ...checked, status })
  await cluster.settle()
  const after = await client.get(ValidatingAdmissionPolicy, created.metadata)
  assert.deepEqual(after.status?.typeChecking, typeChecking)
})

/** A definition of Gadgets whose spec has a size of this type. */
function gadgets(type: string): Input<CustomResourceDefinition> {
  const spec = { type: 'object', properties: { size: { type } } }
  const openAPIV3Schema = { type: 'object', properties: { spec } }
  return {
    metadata: { name: 'gadgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'gadgets', kind: 'Gadget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}

test('custom resources are checked by their schema, as objects and as parameters, whenever it changes', async () => {
  const builtIn = [CustomResourceDefinition]
  await using cluster = await testCluster([validatingAdmissionPolicyStatusController({ builtIn })])
  const { client } = cluster
  const policy = (name: string, more: object, ...expressions: string[]): Promise<unknown> =>
    client.create(ValidatingAdmissionPolicy, {
      metadata: { name },
      spec: { validations: expressions.map((expression) => ({ expression })), ...more },
    })
  const rules = (apiGroup: string, resource: string): object => ({
    matchConstraints: {
      resourceRules: [
        {
          operations: ['CREATE'],
          apiGroups: [apiGroup],
          apiVersions: ['v1'],
          resources: [resource],
        },
      ],
    },
  })
  await policy(
    'objects',
    rules('example.com', 'gadgets'),
    'object.spec.size > 1',
    "has(object.metadata.labels) && object.kind == 'Gadget'",
    "object.color == 'red'",
  )
  await policy(
    'parameters',
    {
      ...rules('apiextensions.k8s.io', 'customresourcedefinitions'),
      paramKind: { apiVersion: 'example.com/v1', kind: 'Gadget' },
    },
    'params.spec.size > 1',
  )
  const warnings = async (name: string): Promise<readonly string[]> => {
    await cluster.settle()
    const { status } = await client.get(ValidatingAdmissionPolicy, { name })
    return (status?.typeChecking?.expressionWarnings ?? []).map(
      ({ fieldRef, warning }) => `${fieldRef} ${warning.split('\n')[0]}`,
    )
  }
  const [FIRST, THIRD] = [0, 2].map((i) => `spec.validations[${i}].expression`)
  const mismatch = "found no matching overload for '_>_' applied to '(string, int)'"
  const unknown = `${THIRD} example.com/v1, Kind=Gadget: ERROR: <input>:1:7: undefined field 'color'`
  assert.deepEqual(await warnings('objects'), [])

  const created = await client.create(CustomResourceDefinition, gadgets('string'))
  assert.deepEqual(await warnings('objects'), [
    `${FIRST} example.com/v1, Kind=Gadget: ERROR: <input>:1:18: ${mismatch}`,
    unknown,
  ])
  assert.deepEqual(await warnings('parameters'), [
    `${FIRST} apiextensions.k8s.io/v1, Kind=CustomResourceDefinition: ERROR: <input>:1:18: ${mismatch}`,
  ])

  await client.patch(CustomResourceDefinition, created.metadata, 'merge', gadgets('integer'))
  assert.deepEqual(await warnings('objects'), [unknown])
  assert.deepEqual(await warnings('parameters'), [])
  await client.delete(CustomResourceDefinition, created.metadata)
  assert.deepEqual(await warnings('objects'), [])
})
