import type { TokenRequest } from '../../api/authentication/v1/token-request.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Clock } from '../../base/clock.ts'
import type { Client } from '../../client/client.ts'
import type { Credentials, CredentialSource } from '../../client/credentials.node.ts'

export interface AccountOptions {
  readonly client: Client
  readonly clock: Clock
  /** A service account of `kube-system`, made where it is missing. */
  readonly account: string
}

const RENEWED_AT = 0.8 // Of a token's life.

interface Issued {
  readonly credentials: Credentials
  readonly renewAtMs: number
}

/** Tokens of a service account, asked for and renewed through the API. */
export function accountCredentials({ client, clock, account }: AccountOptions): CredentialSource {
  const key = { namespace: 'kube-system', name: account }
  let current: Issued | undefined
  let asking: Promise<Issued> | undefined
  const issue = async (): Promise<Issued> => {
    const nowMs = clock.now()
    const { token, expirationTimestamp = '' } = (await requestToken(client, key)).status
    const lifeMs = Date.parse(expirationTimestamp) - nowMs
    return { credentials: { type: 'token', token }, renewAtMs: nowMs + lifeMs * RENEWED_AT }
  }
  return async () => {
    if (current && clock.now() < current.renewAtMs) return current.credentials
    asking ??= issue().finally(() => (asking = undefined))
    current = await asking
    return current.credentials
  }
}

async function requestToken(
  client: Client,
  key: { readonly namespace: string; readonly name: string },
): Promise<TokenRequest> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  try {
    return await client.createSubresource(ServiceAccount, key, 'token', body)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  try {
    await client.create(ServiceAccount, { metadata: key })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
  return client.createSubresource(ServiceAccount, key, 'token', body)
}
