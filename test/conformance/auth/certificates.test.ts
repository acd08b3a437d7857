import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { systemClock } from '../../../src/base/clock.node.ts'
import { timestamp } from '../../../src/base/clock.ts'
import { nodeCrypto } from '../../../src/base/crypto.node.ts'
import { createCertificateRequest } from '../../../src/pki/create-certificate-request.ts'
import { showApiOperations } from '../api-operations.ts'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'

const VERSION = '/apis/certificates.k8s.io/v1'
const REQUESTS = `${VERSION}/certificatesigningrequests`

function requestFor(commonName: string): string {
  const crypto = nodeCrypto()
  const { privateKey } = crypto.generateKeyPair('ES256')
  const subject = { commonName, organizations: [] }
  return Buffer.from(createCertificateRequest(crypto, privateKey, subject)).toString('base64')
}

describe('Certificates API', () => {
  const api = suite({ nodes: 0 })

  conformance(
    '[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations [Conformance]',
    async () => {
      const signerName = 'example.com/e2e'
      const body = {
        spec: {
          request: requestFor('e2e-example'),
          signerName,
          expirationSeconds: 3600,
          usages: ['digital signature', 'key encipherment', 'server auth'],
        },
      }
      await showApiOperations(api.rest, {
        version: VERSION,
        plural: 'certificatesigningrequests',
        body,
        status: { conditions: [condition('Failed')] },
      })

      const { metadata } = await api.rest.post(REQUESTS, {
        metadata: { name: 'approved' },
        ...body,
      })
      const approval = `${REQUESTS}/${metadata.name}/approval`
      const status = { conditions: [condition('Approved')] }
      const patched = await api.rest.patch(approval, {
        metadata: { annotations: { patched: 'approval' } },
        status,
      })
      assert.equal(patched.metadata.annotations?.['patched'], 'approval')
      assert.deepEqual(typesOf(patched['status']), ['Approved'])
      const more = { conditions: [...conditionsOf(patched['status']), condition('ApprovalUpdate')] }
      const updated = await api.rest.put(approval, { ...patched, status: more })
      assert.deepEqual(typesOf(updated['status']), ['Approved', 'ApprovalUpdate'])
      assert.deepEqual(
        typesOf((await api.rest.get(approval))['status']),
        typesOf(updated['status']),
      )
      await api.rest.delete(`${REQUESTS}/${metadata.name}`)
    },
  )
})

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastUpdateTime: string
  readonly lastTransitionTime: string
}

// Of old requests a controller makes an end.
const TIME = timestamp(systemClock)

function condition(type: string): Condition {
  const times = { lastUpdateTime: TIME, lastTransitionTime: TIME }
  return { type, status: 'True', reason: 'E2E', message: 'Set from an e2e test', ...times }
}

function conditionsOf(status: unknown): readonly Condition[] {
  return (status as { conditions?: readonly Condition[] }).conditions ?? []
}

function typesOf(status: unknown): readonly string[] {
  return conditionsOf(status).map(({ type }) => type)
}
