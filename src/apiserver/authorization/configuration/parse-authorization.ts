import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { parseDuration } from '../../../apimachinery/durations.ts'
import {
  atField,
  atIndex,
  duplicate,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { decodeConfiguration } from '../../base/decode-configuration.ts'
import { refuse } from '../../base/refuse.ts'
import { compileMatchConditions } from '../webhook/match-conditions.ts'
import type { WebhookSettings } from '../webhook/webhook-authorizer.ts'
import {
  AuthorizationConfiguration,
  type AuthorizerConfiguration,
  type WebhookConfiguration,
} from './types.ts'

const KIND = { kind: 'AuthorizationConfiguration', versions: ['v1', 'v1beta1', 'v1alpha1'] }

/** The kinds of authorizers that there may be one of each. */
export const SINGLE_AUTHORIZERS = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC'] as const
const TYPES = [...SINGLE_AUTHORIZERS, 'Webhook'].toSorted()

export type SingleAuthorizer = (typeof SINGLE_AUTHORIZERS)[number]

/** One authorizer of the chain. */
export type AuthorizerEntry =
  | { readonly type: SingleAuthorizer }
  | {
      readonly type: 'Webhook'
      readonly settings: WebhookSettings
      /** How it is reached. */
      readonly kubeconfig: string
    }

const DEFAULTS = { authorizedTTL: '5m', unauthorizedTTL: '30s' }

/** How long an answer may take at most. */
export const WEBHOOK_TIMEOUT_MS_MAX = 30_000

/** Reads an AuthorizationConfiguration. Throws an Error that names all that is wrong with it. */
export function parseAuthorization(text: string): readonly AuthorizerEntry[] {
  const { authorizers = [] } = decodeConfiguration(text, AuthorizationConfiguration, KIND)
  const errors: FieldError[] = []
  if (authorizers.length === 0)
    errors.push(required('authorizers', 'at least one authorization mode must be defined'))
  const entries = authorizers.flatMap((each, i) =>
    readEntry(each, authorizers.slice(0, i), atIndex('authorizers', i), errors),
  )
  refuse(errors)
  return entries
}

function readEntry(
  { type = '', name = '', webhook }: AuthorizerConfiguration,
  before: readonly AuthorizerConfiguration[],
  path: string,
  errors: FieldError[],
): readonly AuthorizerEntry[] {
  const typePath = atField(path, 'type')
  if (type === '') errors.push(required(typePath))
  else if (!TYPES.includes(type)) errors.push(unsupported(typePath, type, TYPES))
  const single = SINGLE_AUTHORIZERS.find((each) => each === type)
  if (single && before.some((each) => each.type === type)) errors.push(duplicate(typePath, type))
  errors.push(...nameErrors(name, before, atField(path, 'name')))
  const hookPath = atField(path, 'webhook')
  if (type !== 'Webhook') {
    if (webhook)
      errors.push(invalid(hookPath, 'non-null', 'may only be specified when type=Webhook'))
    return single ? [{ type: single }] : []
  }
  if (webhook) return [readWebhook(name, webhook, path, errors)]
  errors.push(required(hookPath, 'required when type=Webhook'))
  return []
}

function nameErrors(
  name: string,
  before: readonly AuthorizerConfiguration[],
  path: string,
): readonly FieldError[] {
  if (name === '') return [required(path)]
  if (before.some((each) => each.name === name)) return [duplicate(path, name)]
  const problems = dns1123SubdomainProblems(name)
  if (problems.length === 0) return []
  return [invalid(path, name, `authorizer name is invalid: ${problems.join(', ')}`)]
}

function readWebhook(
  name: string,
  webhook: WebhookConfiguration,
  path: string,
  errors: FieldError[],
): AuthorizerEntry {
  const {
    timeout = '',
    authorizedTTL = DEFAULTS.authorizedTTL,
    unauthorizedTTL = DEFAULTS.unauthorizedTTL,
    cacheAuthorizedRequests = true,
    cacheUnauthorizedRequests = true,
    matchConditions = [],
  } = webhook
  const ms = (field: string, text: string): number => {
    const value = parseDuration(text)
    if (!(value > 0)) errors.push(invalid(atField(path, field), text, 'must be > 0s'))
    return value
  }
  const timeoutMs = timeout === '' ? 0 : parseDuration(timeout)
  if (timeoutMs === 0) errors.push(required(atField(path, 'timeout')))
  else if (!(timeoutMs > 0 && timeoutMs <= WEBHOOK_TIMEOUT_MS_MAX))
    errors.push(invalid(atField(path, 'timeout'), timeout, 'must be > 0s and <= 30s'))
  errors.push(...choiceErrors(webhook, path))
  const [allowedMs, refusedMs] = [
    ms('authorizedTTL', authorizedTTL),
    ms('unauthorizedTTL', unauthorizedTTL),
  ]
  const settings = {
    name,
    timeoutMs,
    allowedMs: cacheAuthorizedRequests ? allowedMs : 0,
    refusedMs: cacheUnauthorizedRequests ? refusedMs : 0,
    version: webhook.subjectAccessReviewVersion === 'v1beta1' ? 'v1beta1' : 'v1',
    onFailure: webhook.failurePolicy === 'Deny' ? 'deny' : 'noOpinion',
    matches: compileMatchConditions(matchConditions, atField(path, 'matchConditions'), errors),
  } as const
  return { type: 'Webhook', settings, kubeconfig: webhook.connectionInfo.kubeConfigFile ?? '' }
}

function choiceErrors(webhook: WebhookConfiguration, path: string): readonly FieldError[] {
  const { connectionInfo, matchConditions = [] } = webhook
  const conditionsVersion = 'matchConditionSubjectAccessReviewVersion'
  return [
    ...oneOf(webhook.subjectAccessReviewVersion, atField(path, 'subjectAccessReviewVersion'), [
      'v1',
      'v1beta1',
    ]),
    ...(webhook[conditionsVersion] || matchConditions.length > 0
      ? oneOf(
          webhook[conditionsVersion],
          atField(path, conditionsVersion),
          ['v1'],
          'required if match conditions are specified',
        )
      : []),
    ...oneOf(webhook.failurePolicy, atField(path, 'failurePolicy'), ['NoOpinion', 'Deny']),
    ...connectionErrors(connectionInfo, atField(path, 'connectionInfo')),
  ]
}

function oneOf(
  value = '',
  path: string,
  values: readonly string[],
  detail?: string,
): readonly FieldError[] {
  if (value === '') return [required(path, detail)]
  return values.includes(value) ? [] : [unsupported(path, value, values)]
}

const IN_CLUSTER = 'InClusterConfig'
const FILE = 'KubeConfigFile'

function connectionErrors(
  { type = '', kubeConfigFile = '' }: WebhookConfiguration['connectionInfo'],
  path: string,
): readonly FieldError[] {
  const [typePath, filePath] = [atField(path, 'type'), atField(path, 'kubeConfigFile')]
  if (type === '') return [required(typePath)]
  // The API server runs outside of Pods here, where upstream's InClusterConfig fails too.
  if (type === IN_CLUSTER)
    return [invalid(typePath, type, 'the API server does not run in a Pod: use KubeConfigFile')]
  if (type !== FILE) return [unsupported(typePath, type, [IN_CLUSTER, FILE])]
  if (kubeConfigFile === '') return [required(filePath)]
  return kubeConfigFile.startsWith('/')
    ? []
    : [invalid(filePath, kubeConfigFile, 'must be an absolute path')]
}
