import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { statusWith } from '../testing.node.ts'
import { admissionSuite } from './testing.node.ts'

const CONSTRAINTS = {
  resourceRules: [
    { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
  ],
}

suite('expressions of admission', () => {
  const its = admissionSuite()

  const refused = (plural: string, object: object, message: RegExp): Promise<void> =>
    assert.rejects(
      its.server.calls('admissionregistration.k8s.io/v1', plural).create(object),
      statusWith({ code: 422, message }),
    )

  test('conditions of webhooks that do not compile are refused', async () => {
    for (const kind of ['validating', 'mutating']) {
      await refused(
        `${kind}webhookconfigurations`,
        {
          metadata: { name: 'a' },
          webhooks: [
            {
              name: 'a.example.com',
              sideEffects: 'None',
              admissionReviewVersions: ['v1'],
              clientConfig: { url: 'https://127.0.0.1:1' },
              matchConditions: [{ name: 'x', expression: 'object.x = 1' }],
            },
          ],
        },
        /webhooks\[0\].matchConditions\[0\].expression: Invalid value: "object.x = 1": compilation failed: /,
      )
    }
  })

  test('expressions of policies are compiled, all at once', async () => {
    await refused(
      'validatingadmissionpolicies',
      {
        metadata: { name: 'a' },
        spec: {
          matchConstraints: CONSTRAINTS,
          variables: [{ name: 'v', expression: 'none' }],
          validations: [
            { expression: '1', messageExpression: 'authorizer' },
            { expression: 'params.x == 1' },
          ],
        },
      },
      /spec.variables\[0\].expression: .*undeclared reference to 'none'[^]*spec.validations\[0\].expression: Invalid value: "1": must evaluate to bool[^]*spec.validations\[0\].messageExpression: [^]*spec.validations\[1\].expression: [^]*undeclared reference to 'params'/,
    )
    await refused(
      'mutatingadmissionpolicies',
      {
        metadata: { name: 'a' },
        spec: {
          matchConstraints: CONSTRAINTS,
          reinvocationPolicy: 'Never',
          mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: 'Object{}' } }],
        },
      },
      /spec.mutations\[0\].jsonPatch.expression: Invalid value: "Object{}": must evaluate to /,
    )
  })
})
