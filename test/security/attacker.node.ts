import type { OutgoingHttpHeaders } from 'node:http'
import type { TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.node.ts'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { REQUEST_HEADERS } from '../../src/apiserver/authentication/request-header.ts'
import type { UserInfo } from '../../src/apiserver/authentication/authenticator.ts'
import {
  startSecureTestServer,
  type SecureTestServer,
} from '../../src/apiserver/testing-secure.node.ts'
import { authorityFromPem, issueCertificate } from '../../src/pki/authority.ts'
import { privateKeyToPem } from '../../src/pki/keys.ts'
import { encodePem } from '../../src/pki/pem.ts'
import type { Credential, Pki } from '../../src/pki/pki-files.ts'
import { ask1, testServer } from '../../src/serving/testing.node.ts'

/** How somebody shows who they are. */
export interface Identity {
  readonly cert?: string
  readonly key?: string
  readonly token?: string
}

/** What an attempt sends. */
export interface Sent {
  readonly body?: object | string
  readonly headers?: OutgoingHttpHeaders
  readonly contentType?: string
}

/** A server over HTTPS, and everything that somebody may try on it. */
export interface Target {
  readonly api: SecureTestServer
  readonly pki: Pki
  readonly port: number
  /** A certificate of the cluster's authority for a user, or of another one's. */
  readonly as: (name: string, groups?: readonly string[], authority?: Credential) => Identity
  /** A token of a service account of the namespace `dev`. */
  readonly token: (account: string, spec?: object) => Promise<string>
  /** The status of the answer, and its body. */
  readonly ask: (
    who: Identity,
    method: string,
    path: string,
    sent?: Sent,
  ) => Promise<{ readonly status: number; readonly text: string }>
}

const DAY_MS = 86_400_000
const crypto = nodeCrypto()

export async function target(t: Pick<TestContext, 'after'>): Promise<Target> {
  const api = await startSecureTestServer({ access: { requestHeader: REQUEST_HEADERS } })
  t.after(() => api[Symbol.asyncDispose]())
  const { server, pki } = await testServer(t as TestContext, api.server.handle)
  return {
    api,
    pki,
    port: server.port,
    as: (name, groups = [], authority = pki.ca) => certificateFor({ name, groups }, authority),
    async token(account, spec = {}) {
      const accounts = api.calls('v1', 'serviceaccounts', 'dev')
      const body = { spec: { audiences: [], ...spec } }
      const request = await accounts.create(body, { name: account, subresource: 'token' })
      return (request['status'] as { readonly token: string }).token
    },
    async ask({ cert, key, token }, method, path, { body, headers = {}, contentType } = {}) {
      const text = typeof body === 'object' ? JSON.stringify(body) : body
      const { status, body: answer } = await ask1(server.port, path, {
        method,
        headers: {
          ...(text !== undefined && { 'content-type': contentType ?? 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(text !== undefined && { body: text }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      })
      return { status, text: answer.toString() }
    },
  }
}

function certificateFor({ name, groups }: UserInfo, authority: Credential): Identity {
  const { publicKey, privateKey } = crypto.generateKeyPair('ES256')
  const nowMs = systemClock.now()
  const certificate = issueCertificate(crypto, authorityFromPem(authority), {
    subject: { commonName: name, organizations: groups },
    publicKey,
    usages: ['client'],
    notBeforeMs: nowMs - DAY_MS,
    notAfterMs: nowMs + DAY_MS,
  })
  return { cert: encodePem('CERTIFICATE', certificate.raw), key: privateKeyToPem(privateKey) }
}
