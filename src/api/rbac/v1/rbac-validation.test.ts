import { SUBDOMAIN_RULE, testCreates, testUpdates } from '../../testing.ts'
import { ClusterRole, Role, RoleBinding } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    Role,
    'rules that say too little',
    {
      rules: [
        { verbs: [] },
        { verbs: ['get'], apiGroups: [''], resources: [] },
        { verbs: ['get'], nonResourceURLs: ['/x'] },
      ],
    },
    [
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
      'rules[1].resources: Required value: resource rules must supply at least one resource',
      'rules[2].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ],
  ],
  [
    ClusterRole,
    'a rule for both, and nothing to aggregate',
    {
      rules: [{ verbs: ['get'], nonResourceURLs: ['/x'], resources: ['pods'], apiGroups: [''] }],
      aggregationRule: {},
    },
    [
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
  ],
  [
    RoleBinding,
    'unknown role and subjects',
    {
      roleRef: { apiGroup: 'x', kind: 'Y', name: '' },
      subjects: [
        { kind: 'User', name: '' },
        { kind: 'ServiceAccount', name: 'A' },
        { kind: 'X', name: 'y' },
      ],
    },
    [
      'roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
      'roleRef.kind: Unsupported value: "Y": supported values: "Role", "ClusterRole"',
      'roleRef.name: Required value',
      'subjects[0].name: Required value',
      `subjects[1].name: Invalid value: "A": ${SUBDOMAIN_RULE}`,
      'subjects[2].kind: Unsupported value: "X": supported values: "ServiceAccount", "User", "Group"',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    RoleBinding,
    'another role',
    { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'b' } },
    { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' } },
    [
      'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"b"}: cannot change roleRef',
    ],
  ],
])
