import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { auditOf } from './audit.node.ts'

test('auditOf() takes nothing but true and false for what is switched on or off', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-audit-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const auditPolicyFile = join(directory, 'policy.yaml')
  await writeFile(
    auditPolicyFile,
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata }]\n',
  )
  const auditLogPath = join(directory, 'audit.log')
  await assert.rejects(auditOf({ auditPolicyFile, auditLogPath, auditLogTruncateEnabled: 'yes' }), {
    name: 'UserError',
    exitCode: 2,
    message: '--audit-log-truncate-enabled yes is neither true nor false.',
  })
})
