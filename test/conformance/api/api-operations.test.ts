import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { showApiOperations } from '../api-operations.ts'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const NETWORKING = '/apis/networking.k8s.io/v1'
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

/** As the controller says it, so that it has nothing to add. */
const RANGE_READY = {
  type: 'Ready',
  status: 'True',
  reason: '',
  message: 'Kubernetes Service CIDR is ready',
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

  conformance(
    '[sig-network] ServiceCIDR and IPAddress API should support ServiceCIDR API operations [Conformance]',
    async () => {
      const { spec } = await api.rest.get(`${NETWORKING}/servicecidrs/kubernetes`)
      assert.deepEqual(spec, { cidrs: ['10.96.0.0/16'] })
      await showApiOperations(api.rest, {
        version: NETWORKING,
        plural: 'servicecidrs',
        isSettled: ({ status }) =>
          (status as { conditions?: unknown } | undefined)?.conditions !== undefined,
        body: { spec: { cidrs: ['10.99.0.0/24'] } },
        status: { conditions: [CONDITION, RANGE_READY] },
      })
    },
  )

  conformance(
    '[sig-network] ServiceCIDR and IPAddress API should support IPAddress API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: NETWORKING,
        plural: 'ipaddresses',
        name: (number) => `10.100.0.${number}`,
        body: { spec: { parentRef: { resource: 'services', namespace: 'default', name: 'none' } } },
      }),
  )

  conformance(
    '[sig-network] IngressClass API should support creating IngressClass API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: NETWORKING,
        plural: 'ingressclasses',
        body: { spec: { controller: 'example.com/controller' } },
      }),
  )

  conformance(
    '[sig-network] Ingress API should support creating Ingress API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: NETWORKING,
        plural: 'ingresses',
        namespace: 'default',
        body: {
          spec: {
            ingressClassName: 'none',
            defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } },
            rules: [
              {
                host: 'example.com',
                http: {
                  paths: [
                    {
                      path: '/',
                      pathType: 'Prefix',
                      backend: { service: { name: 'test-backend', port: { number: 80 } } },
                    },
                  ],
                },
              },
            ],
          },
        },
        status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
      }),
  )

  conformance(
    '[sig-network] EndpointSlice should support creating EndpointSlice API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: '/apis/discovery.k8s.io/v1',
        plural: 'endpointslices',
        namespace: 'default',
        body: { addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }] },
      }),
  )

  conformance(
    '[sig-node] RuntimeClass should support RuntimeClasses API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: '/apis/node.k8s.io/v1',
        plural: 'runtimeclasses',
        body: { handler: 'e2e-fake-handler' },
      }),
  )

  conformance(
    '[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: '/apis/storage.k8s.io/v1',
        plural: 'csistoragecapacities',
        namespace: 'default',
        body: { storageClassName: 'none' },
      }),
  )

  conformance('[sig-apps] CronJob should support CronJob API operations [Conformance]', () =>
    showApiOperations(api.rest, {
      version: '/apis/batch/v1',
      plural: 'cronjobs',
      namespace: 'default',
      body: {
        spec: {
          schedule: '* */1 * * ?',
          suspend: true,
          jobTemplate: {
            spec: {
              template: {
                spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox' }] },
              },
            },
          },
        },
      },
      status: { lastScheduleTime: '2026-01-01T00:00:00Z' },
    }),
  )
})
