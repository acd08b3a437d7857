import type { TestContext } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { testServer } from '../../serving/testing.node.ts'
import type { Pki } from '../../pki/pki-files.ts'
import type { Authenticator } from '../authentication/authenticator.ts'
import { acceptWatchSocket } from './watch-socket.node.ts'
import { testApiServer, type TestApiServer, type TestApiServerOptions } from '../testing.ts'

export interface HttpsTestServer extends TestApiServer {
  readonly port: number
  readonly pki: Pki
}

/** A certificate's names are a user and groups. */
const certificateAuthenticator: Authenticator = ({ certificate }) =>
  certificate && !('error' in certificate)
    ? { user: { name: certificate.commonName, groups: certificate.organizations } }
    : undefined

/** A real API server on a free port of loopback, until the test ends. */
export async function httpsTestServer(
  t: TestContext,
  options: Partial<TestApiServerOptions> = {},
): Promise<HttpsTestServer> {
  const api = await testApiServer({
    clock: systemClock,
    crypto: nodeCrypto(),
    authenticators: [certificateAuthenticator],
    acceptWatchSocket,
    ...options,
  })
  const { server, pki } = await testServer(t, api.server.handle)
  t.after(() => api[Symbol.asyncDispose]())
  return { ...api, port: server.port, pki }
}
