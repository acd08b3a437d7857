import type { Secret } from '../../api/core/v1/secret.ts'
import type { ServiceAccount } from '../../api/core/v1/service-account.ts'
import type { LiveValue } from '../../base/live-value.ts'

/** The type of Secrets that hold a token of an account. */
export const SECRET_TYPE = 'kubernetes.io/service-account-token'
export const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name'
export const SERVICE_ACCOUNT_UID = 'kubernetes.io/service-account.uid'

export interface ServiceAccountTokenOptions {
  /** The certificate authority that signs the API server's certificate, PEM. */
  readonly rootCA: LiveValue<string>
  /** Signs a token that lives as long as its Secret. */
  readonly signToken: (request: {
    readonly namespace: string
    readonly serviceAccount: { readonly name: string; readonly uid: string }
    readonly secretName: string
  }) => string
}

/** The Secret with all that a token's user needs: token, authority, namespace. The same where nothing lacks. */
export function completeSecret(
  secret: Secret,
  account: ServiceAccount,
  { rootCA, signToken }: ServiceAccountTokenOptions,
): Secret {
  const { metadata, data = {} } = secret
  const { namespace } = metadata
  const { name, uid } = account.metadata
  const given = {
    ...data,
    ...(rootCA.current !== '' && { 'ca.crt': base64(rootCA.current) }),
    ...(!data['namespace'] && { namespace: base64(namespace) }),
    ...(!data['token'] && {
      token: base64(
        signToken({ namespace, serviceAccount: { name, uid }, secretName: metadata.name }),
      ),
    }),
  }
  const isComplete = Object.entries(given).every(([key, value]) => data[key] === value)
  const annotations = { ...metadata.annotations, [SERVICE_ACCOUNT_UID]: uid }
  if (isComplete && metadata.annotations?.[SERVICE_ACCOUNT_UID] === uid) return secret
  return { ...secret, metadata: { ...metadata, annotations }, data: given }
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64()
}
