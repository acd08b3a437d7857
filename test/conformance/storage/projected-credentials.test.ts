import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, test } from 'node:test'
import { ClusterTrustBundle } from '../../../src/api/certificates/v1beta1/cluster-trust-bundle.ts'
import { PodCertificateRequest } from '../../../src/api/certificates/v1beta1/pod-certificate-request.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { timestampOf } from '../../../src/base/clock.ts'
import { nodeCrypto } from '../../../src/base/crypto.node.ts'
import { createAuthority, issueCertificate } from '../../../src/pki/authority.ts'
import { certificateRequestFromPem } from '../../../src/pki/certificate-request.ts'
import { encodePem } from '../../../src/pki/pem.ts'
import { logOf } from '../../kubelet/log-of.node.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { nodeSuite, shell } from '../node/node-suite.node.ts'

const skip = await whyNoNodeCluster()
const SIGNER = 'example.com/pods'
const HOUR_MS = 3_600_000

describe('credentials in projected volumes', { skip, concurrency: 2 }, () => {
  const suite = nodeSuite({
    runtimeConfig: { 'certificates.k8s.io/v1beta1': true },
    featureGates: {
      ClusterTrustBundle: true,
      ClusterTrustBundleProjection: true,
      PodCertificateRequest: true,
    },
  })
  const crypto = nodeCrypto()
  const key = crypto.generateKeyPair('ES256').privateKey
  const authority = createAuthority(crypto, key, {
    commonName: 'pods',
    notBeforeMs: Date.now() - HOUR_MS,
    notAfterMs: Date.now() + 2 * HOUR_MS,
  })
  const root = encodePem('CERTIFICATE', authority.certificate.raw)

  /** What a container has written so far that follows its volume. */
  const followed = (name: string, namespace: string, source: object, script: string) => {
    const volumes = [{ name: 'v', projected: { sources: [source] } }]
    const volumeMounts = [{ name: 'v', mountPath: '/v' }]
    return suite().run(namespace, shell(name, script, { volumeMounts }, { volumes }))
  }
  /** Issues what a Pod waits for; good from now on, or to be renewed at once. */
  const issue = async (namespace: string, isOld: boolean): Promise<void> => {
    const { client } = suite()
    const request = await eventually(async () => {
      const { items } = await client.list(PodCertificateRequest, { namespace })
      return items.find(({ status }) => status.conditions === undefined)
    })
    const der = Uint8Array.fromBase64(request.spec.stubPKCS10Request)
    const { spki } = certificateRequestFromPem(encodePem('CERTIFICATE REQUEST', der))
    const validity = { notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + HOUR_MS }
    const { spec } = request
    const leaf = issueCertificate(crypto, authority, {
      ...validity,
      subject: { commonName: spec.podUID, organizations: [] },
      publicKey: { spki },
      usages: ['client'],
    })
    await client.updateStatus(PodCertificateRequest, {
      ...request,
      status: {
        conditions: [
          {
            type: 'Issued',
            status: 'True',
            reason: 'Issued',
            message: 'by the test',
            lastTransitionTime: timestampOf(Date.now()),
          },
        ],
        certificateChain: encodePem('CERTIFICATE', leaf.raw) + root,
        notBefore: timestampOf(validity.notBeforeMs),
        beginRefreshAt: timestampOf(isOld ? validity.notBeforeMs : validity.notAfterMs),
        notAfter: timestampOf(validity.notAfterMs),
      },
    })
  }

  test('a Pod waits for its trust anchors, and sees new ones', async () => {
    const { client } = suite()
    const namespace = await suite().namespace('anchors')
    const source = {
      clusterTrustBundle: { signerName: SIGNER, labelSelector: {}, path: 'ca.pem' },
    }
    const script = 'until [ $(grep -c BEGIN /v/ca.pem) = 2 ]; do sleep 0.05; done'
    const pod = await followed('p', namespace, source, script)
    const { message } = await suite().untilTold(pod, 'FailedMount')
    assert.equal(
      message,
      'MountVolume.SetUp failed for volume "v" : combination of signerName and labelSelector matched zero ClusterTrustBundles',
    )
    const bundle = (name: string, trustBundle: string) =>
      client.create(ClusterTrustBundle, {
        metadata: { name: `example.com:pods:${name}` },
        spec: { signerName: SIGNER, trustBundle },
      })
    await bundle('one', root)
    await suite().until(pod, ({ status }) => status.phase === 'Running')
    const other = createAuthority(crypto, key, {
      commonName: 'other',
      notBeforeMs: Date.now() - HOUR_MS,
      notAfterMs: Date.now() + HOUR_MS,
    })
    await bundle('two', root + encodePem('CERTIFICATE', other.certificate.raw))
    await suite().until(pod, ({ status }) => status.containerStatuses?.[0]?.restartCount === 1)
    await client.delete(Pod, pod.metadata)
  })

  test('a bundle that may be missing is an empty file', async () => {
    const namespace = await suite().namespace('optional')
    const source = { clusterTrustBundle: { name: 'nobodys', optional: true, path: 'ca.pem' } }
    const script = 'wc -c < /v/ca.pem'
    const pod = await followed('p', namespace, source, script)
    assert.equal(await suite().log(pod), '0\n')
    await suite().client.delete(Pod, pod.metadata)
  })

  test('a Pod gets a key and its certificate, and new ones in time', async () => {
    const namespace = await suite().namespace('certificates')
    const source = {
      podCertificate: {
        signerName: SIGNER,
        keyType: 'ECDSAP256',
        credentialBundlePath: 'credentials.pem',
      },
    }
    const script =
      'cat /v/credentials.pem; cp /v/credentials.pem /first;' +
      'while cmp -s /first /v/credentials.pem; do sleep 0.05; done; cat /v/credentials.pem;' +
      'trap "exit 0" TERM; while true; do sleep 0.05; done'
    const pod = await followed('p', namespace, source, script)
    await issue(namespace, true)
    await suite().until(pod, ({ status }) => status.phase === 'Running')
    await issue(namespace, false)
    const bundles = await eventually(async () => {
      const text = await logOf(suite().kubelet, pod, 'main').catch(() => '')
      const found = text.split(/(?=-----BEGIN PRIVATE KEY)/)
      return found.length === 2 && found[1]!.split('END CERTIFICATE').length === 3 && found
    })
    for (const text of bundles) {
      const certificate = new X509Certificate(text.slice(text.indexOf('-----BEGIN CERTIFICATE')))
      assert.equal(certificate.subject, `CN=${pod.metadata.uid}`)
      assert.ok(certificate.checkPrivateKey(createPrivateKey(text)))
    }
    assert.notEqual(bundles[0], bundles[1])
    await suite().client.delete(Pod, pod.metadata)
  })
})
