import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { CertificateSigningRequest } from '../../src/api/certificates/v1/certificate-signing-request.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { timestamp } from '../../src/base/clock.ts'
import { Cluster } from '../../src/cluster/cluster.node.ts'
import { certificateFromPem } from '../../src/pki/certificate.ts'
import { createCertificateRequest } from '../../src/pki/create-certificate-request.ts'

const WEB = { namespace: 'default', name: 'web' }
const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: example }]
`

async function scaledTo(cluster: Cluster, replicas: number): Promise<void> {
  const { client } = cluster
  await client.patch(Deployment, WEB, 'merge', { spec: { replicas } })
  await cluster.eventually(async () => {
    const { status } = await client.get(Deployment, WEB)
    return status.availableReplicas === replicas && status.replicas === replicas
  })
}

/** Asks for a certificate, approves it, and gives what was signed. */
async function certificateFor(cluster: Cluster, name: string): Promise<string> {
  const { client, clock } = cluster
  const crypto = nodeCrypto()
  const { privateKey } = crypto.generateKeyPair('ES256')
  const subject = { commonName: 'jane', organizations: [] }
  const pem = createCertificateRequest(crypto, privateKey, subject)
  const made = await client.create(CertificateSigningRequest, {
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  })
  const status = 'True' as const
  const condition = { type: 'Approved', status, reason: 'Test', lastUpdateTime: timestamp(clock) }
  const approved = { ...made, status: { conditions: [condition] } }
  await client.updateSubresource(CertificateSigningRequest, { name }, 'approval', approved)
  let signed = ''
  await cluster.eventually(async () => {
    const { status: now } = await client.get(CertificateSigningRequest, { name })
    signed = Buffer.from(now.certificate ?? '', 'base64').toString()
    return signed !== ''
  })
  return signed
}

for (const [what, hours] of [
  ['13 months', 9500],
  ['11 years', 96_400],
] as const) {
  test(`a cluster whose clock moves by ${what} goes on working`, async () => {
    await using cluster = await Cluster.start({ clock: 'virtual', nodes: 2 })
    const { client, clock } = cluster
    await cluster.apply(DEPLOYMENT)
    await scaledTo(cluster, 2)
    await clock.skip(`${hours}h`)
    await scaledTo(cluster, 4)
    await cluster.eventually(async () => {
      const { items } = await client.list(Node)
      return items.every(({ status }) =>
        status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      )
    })
    const signed = certificateFromPem(await certificateFor(cluster, 'late'))
    assert.ok(signed.notBeforeMs < clock.now() && clock.now() + 86_400_000 < signed.notAfterMs)
    const root = await client.get(ConfigMap, { namespace: 'default', name: 'kube-root-ca.crt' })
    const authority = certificateFromPem(root.data!['ca.crt']!)
    assert.ok(authority.notAfterMs > clock.now())
    await cluster.fail.restart('kube-apiserver')
    const told = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
    const { data } = await client.get(ConfigMap, told)
    assert.equal(data!['client-ca-file'], root.data!['ca.crt'])
  })
}
