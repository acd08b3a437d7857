import { testCreates } from '../../testing.ts'
import {
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    ValidatingWebhookConfiguration,
    'odd webhooks',
    {
      webhooks: [
        {
          name: 'a.b',
          clientConfig: { url: 'http://u:p@h/x?y#z' },
          admissionReviewVersions: ['v2', 'v2'],
          rules: [
            {
              operations: ['*', 'CREATE'],
              apiGroups: ['*', 'a'],
              apiVersions: [''],
              resources: ['pods/*', 'pods/status', '*', 'x'],
            },
          ],
          timeoutSeconds: 31,
        },
        {
          name: 'a.b',
          clientConfig: { service: { path: 'x//y' } },
          sideEffects: 'Some',
          admissionReviewVersions: [],
        },
      ],
    },
    [
      'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
      `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
      `webhooks[0].rules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other API groups`,
      'webhooks[0].rules[0].apiVersions[0]: Required value',
      `webhooks[0].rules[0].resources[1]: Invalid value: "pods/status": if 'pods/*' is present, must not specify pods/status`,
      `webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/status","*","x"]: if '*' is present, must not specify other resources without subresources`,
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
      'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
      `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      'webhooks[0].clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "z": fragments are not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "y": query parameters are not permitted in the URL',
      'webhooks[0].admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
      'webhooks[0].admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
      'webhooks[1].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
      'webhooks[1].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
      'webhooks[1].clientConfig.service.name: Required value: service name is required',
      'webhooks[1].clientConfig.service.namespace: Required value: service namespace is required',
      `webhooks[1].clientConfig.service.path: Invalid value: "x//y": must start with a '/'`,
      'webhooks[1].clientConfig.service.path: Invalid value: "x//y": segment[0] may not be empty',
      'webhooks[1].clientConfig.service.path: Invalid value: "x//y": segment[1] may not be empty',
      'webhooks[1].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
      'webhooks[1].name: Duplicate value: "a.b"',
    ],
  ],
  [
    ValidatingAdmissionPolicy,
    'nothing to check',
    {
      spec: {
        paramKind: { apiVersion: 'a/b/c', kind: '' },
        variables: [{ name: 'for', expression: '' }],
      },
    },
    [
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      'spec.paramKind.kind: Required value',
      'spec.matchConstraints: Required value',
      'spec.variables[0].name: Invalid value: "for": name is not a valid CEL identifier',
      'spec.variables[0].expression: Required value: expression is not specified',
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ],
  ],
  [
    ValidatingAdmissionPolicy,
    'odd checks',
    {
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              operations: ['CREATE'],
              apiGroups: [''],
              apiVersions: ['v1'],
              resources: ['pods'],
              resourceNames: ['a', 'a'],
            },
          ],
        },
        validations: [{ expression: ' ', message: 'a\nb', reason: 'X' }],
        auditAnnotations: [
          { key: 'a', valueExpression: '' },
          { key: 'a', valueExpression: 'x' },
        ],
        matchConditions: [{ name: '', expression: '' }],
      },
    },
    [
      'spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"',
      'spec.matchConditions[0].expression: Required value',
      'spec.matchConditions[0].name: Required value',
      'spec.validations[0].expression: Required value: expression is not specified',
      'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
      'spec.validations[0].reason: Unsupported value: "X": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      'spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified',
      'spec.auditAnnotations[1].key: Duplicate value: "a"',
    ],
  ],
  [
    ValidatingAdmissionPolicyBinding,
    'odd actions',
    {
      spec: {
        policyName: '',
        paramRef: { name: 'a', selector: {} },
        validationActions: ['Deny', 'Warn', 'Deny', 'X'],
      },
    },
    [
      'spec.policyName: Required value',
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.parameterNotFoundAction: Required value',
      'spec.validationActions[2]: Duplicate value: "Deny"',
      'spec.validationActions[3]: Unsupported value: "X": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions: Invalid value: ["Deny","Warn","Deny","X"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
  ],
  [
    MutatingAdmissionPolicy,
    'odd mutations',
    { spec: { matchConstraints: {}, mutations: [{ patchType: 'JSONPatch' }, { patchType: 'X' }] } },
    [
      'spec.matchConstraints.resourceRules: Required value',
      'spec.mutations[0].jsonPatch: Required value',
      'spec.mutations[1].patchType: Unsupported value: "X": supported values: "ApplyConfiguration", "JSONPatch"',
      'spec.reinvocationPolicy: Required value',
    ],
  ],
])
