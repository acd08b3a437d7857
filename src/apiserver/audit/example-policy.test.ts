import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { auditRules } from './audit-policy.ts'
import { parseAuditPolicy } from './parse-audit-policy.ts'

const FILE = join(import.meta.dirname, '../../../examples/audit-policy.yaml')

test('the example of an audit policy never records what is secret', async () => {
  const ruleOf = auditRules(parseAuditPolicy(await readFile(FILE, 'utf8')))
  const level = (verb: string, group: string, resource: string, subresource = '') =>
    ruleOf({
      type: 'resource',
      user: { name: 'jane', groups: [] },
      verb,
      group,
      version: 'v1',
      resource,
      subresource,
      namespace: 'default',
      name: 'x',
    })?.level
  for (const verb of ['create', 'update', 'patch', 'get', 'list']) {
    assert.equal(level(verb, '', 'secrets'), 'Metadata')
    assert.equal(level(verb, '', 'configmaps'), 'Metadata')
  }
  assert.equal(level('create', '', 'serviceaccounts', 'token'), 'Metadata')
  assert.equal(level('create', 'authentication.k8s.io', 'tokenreviews'), 'Metadata')
  assert.equal(level('create', '', 'pods', 'exec'), 'Metadata')
  assert.equal(level('create', 'apps', 'deployments'), 'Request')
  assert.equal(level('update', 'coordination.k8s.io', 'leases'), undefined)
})
