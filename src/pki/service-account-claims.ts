import type { JsonObject } from './jwt.ts'

/** An object that a token is bound to: it dies with it. */
export interface BoundObject {
  readonly name: string
  readonly uid: string
}

/** What a service account token says (KEP-1205, KEP-4193); times in seconds since the Unix epoch. */
export interface ServiceAccountClaims {
  readonly issuer: string
  readonly subject: string
  /** None in a legacy token, which is for the API server alone. */
  readonly audiences: readonly string[]
  readonly issuedAt?: number
  readonly notBefore?: number
  readonly expiry?: number
  readonly id?: string
  readonly namespace: string
  /** A legacy token was kept in a Secret and never expires; its `secret` has no UID. */
  readonly legacy: boolean
  readonly serviceAccount: BoundObject
  readonly pod?: BoundObject
  readonly node?: BoundObject
  readonly secret?: BoundObject
  /** When a token with extended life should have been replaced. */
  readonly warnAfter?: number
}

/** The groups that service accounts of a namespace belong to. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
}

/** The issuer of legacy tokens. */
export const LEGACY_ISSUER = 'kubernetes/serviceaccount'

const LEGACY = {
  namespace: 'kubernetes.io/serviceaccount/namespace',
  secretName: 'kubernetes.io/serviceaccount/secret.name',
  name: 'kubernetes.io/serviceaccount/service-account.name',
  uid: 'kubernetes.io/serviceaccount/service-account.uid',
} as const

/** The claims as a token carries them, in the order of their names, as upstream writes them. */
export function encodeClaims(claims: ServiceAccountClaims): JsonObject {
  const { issuer, subject, serviceAccount, namespace } = claims
  if (claims.legacy) {
    return {
      iss: issuer,
      [LEGACY.namespace]: namespace,
      [LEGACY.secretName]: claims.secret?.name,
      [LEGACY.name]: serviceAccount.name,
      [LEGACY.uid]: serviceAccount.uid,
      sub: subject,
    }
  }
  return {
    aud: claims.audiences,
    exp: claims.expiry,
    iat: claims.issuedAt,
    iss: issuer,
    jti: claims.id,
    'kubernetes.io': {
      namespace,
      node: claims.node,
      pod: claims.pod,
      secret: claims.secret,
      serviceaccount: serviceAccount,
      warnafter: claims.warnAfter,
    },
    nbf: claims.notBefore,
    sub: subject,
  }
}

/** Reads the claims of a token; undefined where they are not a service account's. */
export function decodeClaims(payload: JsonObject): ServiceAccountClaims | undefined {
  const issuer = text(payload['iss'])
  const subject = text(payload['sub'])
  if (issuer === undefined || subject === undefined) return undefined
  const specific = issuer === LEGACY_ISSUER ? legacyClaims(payload) : boundClaims(payload)
  if (!specific) return undefined
  return {
    issuer,
    subject,
    audiences: texts(payload['aud']),
    ...present({
      issuedAt: seconds(payload['iat']),
      notBefore: seconds(payload['nbf']),
      expiry: seconds(payload['exp']),
      id: text(payload['jti']),
    }),
    ...specific,
  }
}

type Specific = Pick<ServiceAccountClaims, 'namespace' | 'legacy' | 'serviceAccount'>

function boundClaims(payload: JsonObject): Specific | undefined {
  const own = object(payload['kubernetes.io'])
  const namespace = text(own?.['namespace'])
  const serviceAccount = boundObject(own?.['serviceaccount'])
  if (!own || namespace === undefined || !serviceAccount) return undefined
  return {
    namespace,
    legacy: false,
    serviceAccount,
    ...present({
      pod: boundObject(own['pod']),
      node: boundObject(own['node']),
      secret: boundObject(own['secret']),
      warnAfter: seconds(own['warnafter']),
    }),
  }
}

function legacyClaims(payload: JsonObject): Specific | undefined {
  const [namespace, name, uid, secretName] = [
    LEGACY.namespace,
    LEGACY.name,
    LEGACY.uid,
    LEGACY.secretName,
  ].map((key) => text(payload[key]))
  if (!namespace || !name || !uid || !secretName) return undefined
  const secret = { name: secretName, uid: '' }
  return { namespace, legacy: true, serviceAccount: { name, uid }, ...present({ secret }) }
}

// Leaves out what is undefined: an absent claim is absent, not a key without a value.
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function boundObject(value: unknown): BoundObject | undefined {
  const fields = object(value)
  const name = text(fields?.['name'])
  const uid = text(fields?.['uid'])
  return name === undefined || uid === undefined ? undefined : { name, uid }
}

function object(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
