import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverMetrics } from '../../metrics/server-metrics.ts'
import { startSecureTestServer } from '../../testing-secure.node.ts'
import { configMap } from '../testing.node.ts'

const RULE = {
  operations: ['CREATE'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
}

test('what comes of the expressions of policies is counted, where they do not hold', async () => {
  const metrics = serverMetrics()
  await using api = await startSecureTestServer({ access: { metrics } })
  const calls = (plural: string) => api.calls('admissionregistration.k8s.io/v1', plural)
  const configure = async (name: string, expression: string, more: object): Promise<void> => {
    await calls('validatingadmissionpolicies').create({
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: [RULE] },
        validations: [{ expression: "object.metadata.namespace == 'default'" }, { expression }],
        ...more,
      },
    })
    await calls('validatingadmissionpolicybindings').create({
      metadata: { name: 'b' + name },
      spec: { policyName: name, validationActions: ['Warn', 'Audit'] },
    })
  }
  await configure('strict', "object.metadata.name != 'x'", {})
  await configure('failing', "object.data.none == 'x'", { failurePolicy: 'Ignore' })
  await api.calls('v1', 'configmaps', 'default').create(configMap('x', { a: 'b' }))
  const name = 'apiserver_validating_admission_policy_check_total'
  const lines = (await metrics.set.text()).split('\n').filter((line) => line.startsWith(name))
  const labels = (policy: string, error: string, action: string): string =>
    `{policy="${policy}",policy_binding="b${policy}",error_type="${error}",enforcement_action="${action}"}`
  assert.deepEqual(lines.toSorted(), [
    `${name}${labels('failing', 'invalid_error', 'allow')} 1`,
    `${name}${labels('strict', 'no_error', 'audit')} 1`,
    `${name}${labels('strict', 'no_error', 'warn')} 1`,
  ])
})
