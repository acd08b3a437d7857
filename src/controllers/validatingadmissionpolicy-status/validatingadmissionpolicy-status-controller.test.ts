import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ValidatingAdmissionPolicy } from '../../api/admissionregistration/v1/index.ts'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
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
    /^apps\/v1, Kind=Deployment: ERROR: .*found no matching overload[^]*\napps\/v1, Kind=ReplicaSet: ERROR: /,
  )
  assert.equal(second?.fieldRef, 'spec.validations[2].expression')
  assert.match(second.warning, /^apps\/v1, Kind=ReplicaSet: ERROR: .*undefined field 'paused'/)
})
