import { describe } from 'node:test'
import { showApiOperations } from '../api-operations.ts'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const FLOW_CONTROL = '/apis/flowcontrol.apiserver.k8s.io/v1'

/** Rules for objects that nobody makes, so that the policies touch no other test. */
const NOBODY = [
  {
    apiGroups: ['example.com'],
    apiVersions: ['v1'],
    operations: ['CREATE'],
    resources: ['nobodies'],
  },
]
const CONDITION = {
  type: 'StatusUpdated',
  status: 'True',
  reason: 'E2E',
  message: 'Set by the test',
  lastTransitionTime: '2026-01-01T00:00:00Z',
}

describe('API operations', () => {
  const api = suite()

  conformance(
    '[sig-api-machinery] API priority and fairness should support FlowSchema API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: FLOW_CONTROL,
        plural: 'flowschemas',
        body: {
          spec: {
            matchingPrecedence: 10_000,
            priorityLevelConfiguration: { name: 'global-default' },
            distinguisherMethod: { type: 'ByUser' },
            rules: [
              {
                subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }],
                nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
              },
            ],
          },
        },
      }),
  )

  conformance(
    '[sig-api-machinery] API priority and fairness should support PriorityLevelConfiguration API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: FLOW_CONTROL,
        plural: 'prioritylevelconfigurations',
        body: {
          spec: {
            type: 'Limited',
            limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } },
          },
        },
        status: { conditions: [CONDITION] },
      }),
  )

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicy API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: ADMISSION,
        plural: 'validatingadmissionpolicies',
        body: {
          spec: {
            matchConstraints: { resourceRules: NOBODY },
            validations: [{ expression: 'object.spec.replicas <= 100' }],
          },
        },
        status: { conditions: [CONDITION] },
      }),
  )

  conformance(
    '[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicyBinding API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: ADMISSION,
        plural: 'validatingadmissionpolicybindings',
        body: { spec: { policyName: 'nothing.example.com', validationActions: ['Deny'] } },
      }),
  )

  conformance(
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicy API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: ADMISSION,
        plural: 'mutatingadmissionpolicies',
        body: {
          spec: {
            matchConstraints: { resourceRules: NOBODY },
            reinvocationPolicy: 'Never',
            mutations: [
              {
                patchType: 'ApplyConfiguration',
                applyConfiguration: {
                  expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}',
                },
              },
            ],
          },
        },
      }),
  )

  conformance(
    '[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicyBinding API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: ADMISSION,
        plural: 'mutatingadmissionpolicybindings',
        body: { spec: { policyName: 'nothing.example.com' } },
      }),
  )
})
