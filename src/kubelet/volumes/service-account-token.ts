import type { TokenRequest } from '../../api/authentication/v1/token-request.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import type { Clock } from '../../base/clock.ts'
import type { Client } from '../../client/client.ts'

interface Token {
  readonly token: string
  readonly renewAtMs: number
  readonly expiresAtMs: number
}

const RENEW_SHARE = 0.8
const RETRY_MS = 60_000
const RENEW_MS_MAX = 24 * 3600 * 1000

/** The tokens in the projected volumes of this node's Pods, each asked for anew at four fifths of its life. */
export class PodTokens {
  readonly #client: Client
  readonly #clock: Clock
  readonly #tokens = new Map<string, Token>()

  constructor(client: Client, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /**
   * A token of the Pod's service account that is bound to the Pod, and when it is to be renewed. Where that fails, one
   * that has not expired is given once more. Rejects where there is none.
   */
  async get(pod: Pod, audience: string, expirationSeconds: number): Promise<Token> {
    const key = `${pod.metadata.uid} ${audience} ${expirationSeconds}`
    const known = this.#tokens.get(key)
    if (known && known.renewAtMs > this.#clock.now()) return known
    try {
      const token = await this.#request(pod, audience, expirationSeconds)
      this.#tokens.set(key, token)
      return token
    } catch (error) {
      const nowMs = this.#clock.now()
      if (!known || known.expiresAtMs <= nowMs) throw error
      return { ...known, renewAtMs: nowMs + RETRY_MS }
    }
  }

  forget(podUid: string): void {
    for (const key of this.#tokens.keys())
      if (key.startsWith(`${podUid} `)) this.#tokens.delete(key)
  }

  async #request(
    { metadata, spec }: Pod,
    audience: string,
    expirationSeconds: number,
  ): Promise<Token> {
    const key = { namespace: metadata.namespace, name: spec.serviceAccountName || 'default' }
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience === '' ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid },
      },
    }
    const answer = await this.#client.createSubresource<ServiceAccount, TokenRequest>(
      ServiceAccount,
      key,
      'token',
      body,
    )
    const nowMs = this.#clock.now()
    const lifeMs = Math.min(
      Date.parse(answer.status.expirationTimestamp ?? '') - nowMs,
      expirationSeconds * 1000,
    )
    return {
      token: answer.status.token,
      expiresAtMs: nowMs + lifeMs,
      renewAtMs: nowMs + Math.min(lifeMs * RENEW_SHARE, RENEW_MS_MAX),
    }
  }
}
