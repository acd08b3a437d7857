import { strict as assert } from 'node:assert'
import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CertificateSigningRequest } from '../../api/certificates/v1/certificate-signing-request.ts'
import { timestamp } from '../../base/clock.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { Cluster } from '../../cluster/cluster.node.ts'
import { createAuthority } from '../../pki/authority.ts'
import { certificateRequestFromPem, isSignedByItself } from '../../pki/certificate-request.ts'
import { encodePem } from '../../pki/pem.ts'
import { certificateCleanerController } from './cleaner-controller.ts'
import { kubeletClientProblem, SIGNERS } from './signers.ts'
import { certificateSigningController } from './signing-controller.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const needsOpenssl = { skip: hasOpenssl ? false : 'openssl is not installed' }
const crypto = nodeCrypto()
const authority = createAuthority(crypto, crypto.generateKeyPair('ES256').privateKey, {
  commonName: 'kubernetes',
  notBeforeMs: Date.UTC(2020),
  notAfterMs: Date.UTC(2050),
})
const signing = certificateSigningController({ crypto, authority: () => authority })

const KEYS: Readonly<Record<string, readonly string[]>> = {
  'RSA 2048': ['-newkey', 'rsa:2048', '-sha512'],
  'P-256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384'],
  Ed25519: ['-newkey', 'ed25519'],
}

/** A request as OpenSSL makes it, PEM. */
function opensslRequest(subject: string, more: readonly string[] = []): string {
  const directory = mkdtempSync(join(tmpdir(), 'trierarch-csr-'))
  try {
    const out = join(directory, 'r.pem')
    const key = more.includes('-newkey') ? [] : KEYS['P-256']!
    const args = ['req', '-new', '-nodes', '-keyout', join(directory, 'k'), '-out', out]
    execFileSync('openssl', [...args, '-subj', subject, ...key, ...more], { stdio: 'ignore' })
    return readFileSync(out, 'utf8')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const base64 = (text: string): string => new TextEncoder().encode(text).toBase64()

interface Asked {
  readonly signerName?: string
  readonly usages?: readonly ('client auth' | 'server auth' | 'digital signature')[]
  readonly expirationSeconds?: number
}

async function ask(
  { client }: Pick<TestCluster, 'client'>,
  pem: string,
  { signerName = 'kubernetes.io/kube-apiserver-client', usages = ['client auth'], ...more }: Asked,
): Promise<CertificateSigningRequest> {
  return client.create(CertificateSigningRequest, {
    metadata: { name: 'r' },
    spec: { request: base64(pem), signerName, usages, ...more },
  })
}

async function answer(
  { client, clock }: TestCluster,
  request: CertificateSigningRequest,
  type: 'Approved' | 'Denied',
): Promise<void> {
  const condition = { type, status: 'True', reason: 'Test', lastUpdateTime: timestamp(clock) }
  const body = { ...request, status: { conditions: [condition] } }
  await client.updateSubresource(CertificateSigningRequest, { name: 'r' }, 'approval', body)
}

const found = ({ client }: TestCluster) => client.get(CertificateSigningRequest, { name: 'r' })

for (const [kind, options] of Object.entries(KEYS)) {
  test(
    `a request signed with a ${kind} key by OpenSSL is read, and believed only as it is`,
    needsOpenssl,
    () => {
      const request = certificateRequestFromPem(opensslRequest('/O=team/CN=jane', options))
      assert.deepEqual(request.subject, { commonName: 'jane', organizations: ['team'] })
      assert.equal(isSignedByItself(crypto, request), true)
      const other = certificateRequestFromPem(opensslRequest('/O=team/CN=jane', options))
      assert.equal(isSignedByItself(crypto, { ...request, signedPart: other.signedPart }), false)
    },
  )
}

test(
  'an approved request is signed for what it asks, by the cluster’s authority',
  needsOpenssl,
  async () => {
    await using cluster = await testCluster([signing])
    const pem = opensslRequest('/C=CH/O=team/CN=jane', [
      '-addext',
      'subjectAltName=DNS:a,email:j@x',
    ])
    const usages = ['client auth', 'digital signature'] as const
    const request = await ask(cluster, pem, { usages, expirationSeconds: 3600 })
    await cluster.settle()
    assert.equal((await found(cluster)).status.certificate, undefined)
    await answer(cluster, request, 'Approved')
    await cluster.settle()
    const { status } = await found(cluster)
    const issued = new X509Certificate(atob(status.certificate!))
    const root = new X509Certificate(encodePem('CERTIFICATE', authority.certificate.raw))
    assert.equal(issued.checkIssued(root) && issued.verify(root.publicKey), true)
    assert.equal(issued.subject, 'C=CH\nO=team\nCN=jane')
    assert.equal(issued.subjectAltName, 'DNS:a, email:j@x')
    assert.deepEqual(issued.keyUsage, ['1.3.6.1.5.5.7.3.2'])
    // It begins five minutes earlier, and being short it does not end earlier for that.
    assert.equal(issued.validToDate.getTime() - issued.validFromDate.getTime(), 3_900_000)
  },
)

test('a request that breaks the rules of its signer fails and says why', needsOpenssl, async () => {
  await using cluster = await testCluster([signing])
  const request = await ask(cluster, opensslRequest('/CN=jane'), { usages: ['server auth'] })
  await answer(cluster, request, 'Approved')
  await cluster.settle()
  const { status } = await found(cluster)
  assert.equal(status.certificate, undefined)
  assert.deepEqual(
    status.conditions?.map(({ type, reason, message }) => [type, reason, message]),
    [
      ['Approved', 'Test', undefined],
      ['Failed', 'SignerValidationFailure', 'invalid usage for client certificate: server auth'],
    ],
  )
})

test(
  'the signers for kubelets want a node’s name, its group and the right names',
  needsOpenssl,
  () => {
    const usages = ['client auth', 'digital signature']
    const problem = (subject: string, names?: string, asked = usages) =>
      kubeletClientProblem(
        certificateRequestFromPem(
          opensslRequest(subject, names ? ['-addext', `subjectAltName=${names}`] : []),
        ),
        asked,
      )
    const node = '/O=system:nodes/CN=system:node:a'
    assert.equal(problem(node), undefined)
    assert.equal(problem('/CN=system:node:a'), 'subject organization is not system:nodes')
    assert.equal(
      problem('/O=system:nodes/CN=a'),
      'subject common name does not begin with system:node:',
    )
    assert.equal(problem(node, 'DNS:a'), 'DNS subjectAltNames are not allowed')
    assert.equal(
      problem(node, undefined, ['client auth']),
      'usages did not match [client auth digital signature key encipherment]',
    )
    const serving = (names: readonly string[]) =>
      SIGNERS['kubernetes.io/kubelet-serving']!(
        certificateRequestFromPem(opensslRequest(node, names)),
        ['server auth', 'digital signature'],
      )
    assert.equal(serving([]), 'DNS or IP subjectAltName is required')
    assert.equal(serving(['-addext', 'subjectAltName=IP:10.0.0.1']), undefined)
    assert.equal(
      serving(['-addext', 'subjectAltName=IP:10.0.0.1,URI:x://y']),
      'URI subjectAltNames are not allowed',
    )
  },
)

test(
  'a kubelet gets its certificate without anybody’s doing where RBAC lets it ask',
  needsOpenssl,
  async () => {
    await using cluster = await Cluster.start({ nodes: 0 })
    await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: join }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:certificates.k8s.io:certificatesigningrequests:nodeclient
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: joining }]
`)
    const joining = cluster.clientFor({ name: 'new', groups: ['joining', 'system:masters'] })
    const pem = opensslRequest('/O=system:nodes/CN=system:node:a')
    const usages = ['client auth', 'digital signature'] as const
    const signerName = 'kubernetes.io/kube-apiserver-client-kubelet'
    await ask({ client: joining }, pem, { signerName, usages })
    for await (const event of cluster.client.watch(CertificateSigningRequest)) {
      if (event.type === 'BOOKMARK' || !event.object.status.certificate) continue
      const [{ type, reason, message } = {}] = event.object.status.conditions ?? []
      assert.deepEqual(
        [type, reason, message],
        [
          'Approved',
          'AutoApproved',
          'Auto approving kubelet client certificate after SubjectAccessReview.',
        ],
      )
      return
    }
  },
)

test(
  'requests are cleaned away: unanswered after a day, answered after an hour',
  needsOpenssl,
  async () => {
    await using cluster = await testCluster([certificateCleanerController])
    const { client, clock } = cluster
    const count = async () => (await client.list(CertificateSigningRequest)).items.length
    await ask(cluster, opensslRequest('/CN=jane'), {})
    await clock.advance(23 * 3_600_000)
    assert.equal(await count(), 1)
    await clock.advance(2 * 3_600_000)
    assert.equal(await count(), 0)
    const request = await ask(cluster, opensslRequest('/CN=jane'), {})
    await answer(cluster, request, 'Denied')
    await clock.advance(3_599_000)
    assert.equal(await count(), 1)
    await clock.advance(2_000)
    assert.equal(await count(), 0)
  },
)
