import type { BoundObjectReference } from '../../api/authentication/v1/token-request.ts'
import { TokenRequest } from '../../api/authentication/v1/token-request.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Clock } from '../../base/clock.ts'
import { badRequest, conflict, invalid } from '../../apimachinery/status-error.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { BoundObject } from '../../pki/service-account-claims.ts'
import type { BoundTokenRequest } from '../../pki/service-account-tokens.ts'
import { invalid as invalidField, type FieldError } from '../../schema/field-error.ts'
import type { AccountTokens } from '../authentication/account-tokens.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import { readMessage } from '../pipeline/read-body.ts'
import { admitValue } from '../pipeline/value-subresource.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { getObject } from '../registry/get.ts'
import type { Registry } from '../registry/registry.ts'

const KIND = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }
const SECONDS_DEFAULT = 3600
const SECONDS_MIN = 600
const SECONDS_MAX = 2 ** 32

/** Kubelets ask for tokens of just this life, for the API server alone, where clients may not read them anew. */
const SECONDS_WARN_ONLY = 3607
const SECONDS_EXTENDED = 365 * 24 * 3600

const ISSUED_CREDENTIAL_ID = 'authentication.kubernetes.io/issued-credential-id'

/** How long tokens may be good for. */
export interface TokenLife {
  /** Whether the tokens that Pods have by default live for a year. Default: yes. */
  readonly extends?: boolean
  /** Longer ones are cut. */
  readonly secondsMax?: number
}

export interface TokenIssuer extends TokenLife {
  readonly tokens: Pick<AccountTokens, 'signBound' | 'jwks' | 'openIdConfiguration'>
  /** Whom tokens are for that name nobody. */
  readonly apiAudiences: readonly string[]
}

/** `serviceaccounts/token`: issues a token of a service account, for as long as what it is bound to. */
export function tokenRequests(issuer: TokenIssuer): VerbHandler {
  const { tokens, apiAudiences, secondsMax = SECONDS_MAX } = issuer
  return async (kind, call, env) => {
    const { namespace = '', name = '' } = call.request
    const sent = readMessage(TokenRequest, KIND, call)
    const { object: account } = await getObject(kind.resource, namespace, name)
    const admitted = await admitValue(kind, call, env, withDefaults(sent, account, apiAudiences))
    const { audiences, expirationSeconds: wanted = SECONDS_DEFAULT, boundObjectRef } = admitted.spec
    checkSeconds(wanted, name)
    const expirationSeconds = Math.min(wanted, secondsMax)
    if (expirationSeconds < wanted)
      call.warn(
        `requested expiration of ${wanted} seconds shortened to ${expirationSeconds} seconds`,
      )
    const request = { ...admitted, spec: { ...admitted.spec, expirationSeconds } }
    const bound = boundObjectRef ? await boundTo(env.registry, namespace, name, boundObjectRef) : {}
    const extends_ =
      issuer.extends !== false &&
      bound.pod &&
      expirationSeconds === SECONDS_WARN_ONLY &&
      audiences.every((each) => apiAudiences.includes(each))
    const { token, claims } = await tokens.signBound({
      namespace,
      serviceAccount: identityOf(account),
      audiences,
      expirationSeconds: extends_ ? SECONDS_EXTENDED : expirationSeconds,
      ...(extends_ && { warnAfterSeconds: SECONDS_WARN_ONLY }),
      ...bound,
    })
    if (claims.id !== undefined) call.audit?.annotate(ISSUED_CREDENTIAL_ID, `JTI=${claims.id}`)
    const status = { token, expirationTimestamp: expiry(env.clock, expirationSeconds) }
    return { type: 'value', code: 201, value: { ...request, status }, message: TokenRequest }
  }
}

function withDefaults(
  { spec, ...request }: TokenRequest,
  { metadata }: ApiObject,
  apiAudiences: readonly string[],
): TokenRequest {
  const { name, namespace } = metadata
  const audiences = spec.audiences.length > 0 ? spec.audiences : apiAudiences
  return {
    ...request,
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { ...request.metadata, name, namespace },
    spec: { ...spec, audiences, expirationSeconds: spec.expirationSeconds ?? SECONDS_DEFAULT },
  } as TokenRequest
}

function checkSeconds(seconds: number, name: string): void {
  const errors: FieldError[] = []
  const field = 'spec.expirationSeconds'
  if (seconds < SECONDS_MIN) {
    errors.push(invalidField(field, seconds, 'may not specify a duration less than 10 minutes'))
  }
  if (seconds > SECONDS_MAX) {
    errors.push(invalidField(field, seconds, 'may not specify a duration larger than 2^32 seconds'))
  }
  if (errors.length > 0) throw invalid(KIND, name, errors)
}

type Bound = Pick<BoundTokenRequest, 'pod' | 'node' | 'secret'>

async function boundTo(
  registry: Registry,
  namespace: string,
  account: string,
  reference: BoundObjectReference,
): Promise<Bound> {
  const { apiVersion = '', kind = '', name = '' } = reference
  if (apiVersion === 'v1' && kind === 'Pod') {
    return boundToPod(registry, namespace, account, reference)
  }
  if (apiVersion === 'v1' && kind === 'Secret') {
    const secret = await read(registry, 'secrets', namespace, name)
    return { secret: checkedIdentity(secret, 'secrets', reference) }
  }
  if (apiVersion === 'v1' && kind === 'Node') {
    const node = await read(registry, 'nodes', '', name)
    return { node: checkedIdentity(node, 'nodes', reference) }
  }
  throw badRequest(
    `cannot bind token for serviceaccount ${JSON.stringify(account)} to object of type /${apiVersion}, Kind=${kind}`,
  )
}

async function boundToPod(
  registry: Registry,
  namespace: string,
  account: string,
  reference: BoundObjectReference,
): Promise<Bound> {
  const object = await read(registry, 'pods', namespace, reference.name ?? '')
  const { spec } = object as unknown as Pod
  if (spec.serviceAccountName !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    )
  }
  const pod = checkedIdentity(object, 'pods', reference)
  if (!spec.nodeName) return { pod }
  try {
    return { pod, node: identityOf(await read(registry, 'nodes', '', spec.nodeName)) }
  } catch (error) {
    // The token says what is known; a node that is gone has no uid.
    if (isNotFound(error)) return { pod, node: { name: spec.nodeName, uid: '' } }
    throw error
  }
}

async function read(
  registry: Registry,
  plural: string,
  namespace: string,
  name: string,
): Promise<ApiObject> {
  const { resource } = registry.find('', 'v1', plural)!
  return (await getObject(resource, namespace, name)).object
}

function checkedIdentity(
  object: ApiObject,
  plural: string,
  { name = '', uid = '' }: BoundObjectReference,
): BoundObject {
  const identity = identityOf(object)
  if (uid === '' || uid === identity.uid) return identity
  const text = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
  throw conflict({ group: '', resource: plural }, name, text)
}

function identityOf({ metadata }: ApiObject): BoundObject {
  return { name: metadata.name!, uid: metadata.uid! }
}

function expiry(clock: Clock, seconds: number): string {
  return `${new Date(clock.now() + seconds * 1000).toISOString().slice(0, 19)}Z`
}
