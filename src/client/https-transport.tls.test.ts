import { strict as assert } from 'node:assert'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { nodeCrypto } from '../base/crypto.node.ts'
import { createAuthority, issueCertificate, type ExtendedUsage } from '../pki/authority.ts'
import { privateKeyToPem } from '../pki/keys.ts'
import { encodePem } from '../pki/pem.ts'
import { httpsTransport } from './https-transport.node.ts'
import type { ApiRequest } from './request.ts'

const crypto = nodeCrypto()
const validity = { notBeforeMs: Date.now() - 3_600_000, notAfterMs: Date.now() + 3_600_000 }
const authority = createAuthority(crypto, crypto.generateKeyPair('ES256').privateKey, {
  commonName: 'test-ca',
  ...validity,
})
const ca = encodePem('CERTIFICATE', authority.certificate.raw)

function issue(commonName: string, usage: ExtendedUsage) {
  const { publicKey, privateKey } = crypto.generateKeyPair('ES256')
  const certificate = issueCertificate(crypto, authority, {
    subject: { commonName, organizations: [] },
    publicKey,
    usages: [usage],
    alternativeNames: { dnsNames: ['kubernetes'], ipAddresses: ['127.0.0.1'] },
    ...validity,
  })
  return { cert: encodePem('CERTIFICATE', certificate.raw), key: privateKeyToPem(privateKey) }
}

async function serve() {
  const { cert, key } = issue('apiserver', 'server')
  const options = { cert, key, ca, requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate()
    response.end(JSON.stringify({ name: subject?.CN ?? 'nobody' }))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

const get: ApiRequest = { verb: 'get', group: '', version: 'v1', resource: 'nodes', name: 'n' }

test('call() shows its certificate, and a new one as soon as there is one', async () => {
  await using server = await serve()
  let credentials = { type: 'certificate', ...issue('system:node:a', 'client') } as const
  using transport = httpsTransport({ server: server.url, ca, credentials: () => credentials })
  assert.deepEqual(await transport.call(get), { name: 'system:node:a' })
  credentials = { type: 'certificate', ...issue('system:node:b', 'client') }
  assert.deepEqual(await transport.call(get), { name: 'system:node:b' })
})

test('call() trusts no server whose authority it does not know, or whose name is another', async () => {
  await using server = await serve()
  using stranger = httpsTransport({ server: server.url })
  await assert.rejects(stranger.call(get), /Cannot reach API server at https:.*certificate/)
  using misnamed = httpsTransport({ server: server.url, ca, serverName: 'example.com' })
  await assert.rejects(misnamed.call(get), /Cannot reach API server at https:.*altnames/)
  using trusting = httpsTransport({ server: server.url, insecureSkipTlsVerify: true })
  assert.deepEqual(await trusting.call(get), { name: 'nobody' })
})
