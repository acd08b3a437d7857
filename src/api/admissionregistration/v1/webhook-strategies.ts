import { equal } from '../../../apimachinery/equality.ts'
import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { duplicate, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, changeItems, withField, withFields } from '../../change.ts'
import { generationPreparation } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, ifSet, NONE, oneOf } from '../../validation/rules.ts'
import { validateWebhookService, validateWebhookUrl } from '../../validation/webhook-client.ts'
import type { WebhookClientConfig } from './common.ts'
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
} from './mutating-webhook-configuration.ts'
import {
  FAILURE_POLICIES,
  MATCH_POLICIES,
  REINVOCATION_POLICIES,
  validateMatchConditions,
  validateRule,
  withDefaultRules,
} from './rule-validation.ts'
import type {
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from './validating-webhook-configuration.ts'

const SERVICE_PORT = 443
const REVIEW_VERSIONS = ['v1', 'v1beta1']
const SIDE_EFFECTS = ['None', 'NoneOnDryRun']

type Webhook = ValidatingWebhook | MutatingWebhook

/** The rules of ValidatingWebhookConfigurations. */
export const validatingWebhookConfigurationStrategy: Strategy<ValidatingWebhookConfiguration> =
  strategyOfWebhooks(() => NONE)

/** The rules of MutatingWebhookConfigurations. */
export const mutatingWebhookConfigurationStrategy: Strategy<MutatingWebhookConfiguration> =
  strategyOfWebhooks(({ reinvocationPolicy }: MutatingWebhook, path) =>
    oneOf(reinvocationPolicy, REINVOCATION_POLICIES, `${path}.reinvocationPolicy`),
  )

interface Configuration<H extends Webhook> {
  readonly metadata: ValidatingWebhookConfiguration['metadata']
  readonly webhooks?: readonly H[]
}

function strategyOfWebhooks<H extends Webhook, T extends Configuration<H>>(
  validateMore: (hook: H, path: string) => FieldError[],
): Strategy<T> {
  const validate = ({ webhooks = [] }: T): FieldError[] =>
    eachAt(webhooks, 'webhooks', (hook, at, i) => [
      ...validateWebhook(hook, at),
      ...validateMore(hook, at),
      ...(hook.name && webhooks.findIndex(({ name }) => name === hook.name) < i
        ? [duplicate(`${at}.name`, hook.name)]
        : NONE),
    ])
  return {
    applyDefaults: (object) =>
      withField<T, 'webhooks'>(
        object,
        'webhooks',
        object.webhooks && changeItems<H>(object.webhooks, defaultWebhook),
      ),
    ...generationPreparation<T>((object, old) => !equal(object.webhooks, old.webhooks)),
    validateCreate: validate,
    validateUpdate: validate,
    allowUnconditionalUpdate: false,
  }
}

function defaultWebhook<H extends Webhook>(hook: H): H {
  const rules: H = withDefaultRules(hook)
  const selected: Webhook = withFields<Webhook>(rules, {
    namespaceSelector: rules.namespaceSelector ?? {},
    objectSelector: rules.objectSelector ?? {},
  })
  return changeField(selected, 'clientConfig', (client) =>
    changeField(client, 'service', (service) =>
      withField(service, 'port', service.port ?? SERVICE_PORT),
    ),
  ) as H
}

function validateWebhook(hook: Webhook, path: string): FieldError[] {
  const { timeoutSeconds: timeout } = hook
  return [
    ...validateName(hook.name, `${path}.name`),
    ...eachAt(hook.rules, `${path}.rules`, validateRule),
    ...oneOf(hook.failurePolicy, FAILURE_POLICIES, `${path}.failurePolicy`),
    ...oneOf(hook.matchPolicy, MATCH_POLICIES, `${path}.matchPolicy`),
    ...validateSideEffects(hook.sideEffects, `${path}.sideEffects`),
    ...(timeout > 30 || timeout < 1
      ? [
          invalid(
            `${path}.timeoutSeconds`,
            timeout,
            'the timeout value must be between 1 and 30 seconds',
          ),
        ]
      : NONE),
    ...validateLabelSelector(hook.namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(hook.objectSelector, `${path}.objectSelector`),
    ...validateClient(hook.clientConfig, `${path}.clientConfig`),
    ...validateMatchConditions(hook.matchConditions, `${path}.matchConditions`),
    ...validateReviewVersions(hook.admissionReviewVersions, `${path}.admissionReviewVersions`),
  ]
}

function validateName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)]
  const problems = dns1123SubdomainProblems(name)
  if (problems.length > 0) return [invalid(path, name, problems.join(','))]
  const text = 'should be a domain with at least three segments separated by dots'
  return name.split('.').length < 3 ? [invalid(path, name, text)] : NONE
}

function validateSideEffects(sideEffects: string | undefined, path: string): FieldError[] {
  return sideEffects === undefined
    ? [required(path, `must specify one of ${SIDE_EFFECTS.join(', ')}`)]
    : oneOf(sideEffects, SIDE_EFFECTS, path)
}

function validateClient({ url, service }: WebhookClientConfig, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined))
    return [required(path, 'exactly one of url or service is required')]
  return [
    ...ifSet(url, (text) => validateWebhookUrl(text, `${path}.url`)),
    ...ifSet(service, (reference) => validateWebhookService(reference, `${path}.service`)),
  ]
}

function validateReviewVersions(versions: readonly string[], path: string): FieldError[] {
  const known = REVIEW_VERSIONS.join(', ')
  if (versions.length === 0) return [required(path, `must specify one of ${known}`)]
  return [
    ...eachAt(versions, path, (version, at, i) =>
      versions.indexOf(version) < i
        ? [invalid(at, version, 'duplicate version')]
        : dns1035LabelProblems(version).map((problem) => invalid(at, version, problem)),
    ),
    ...(versions.some((each) => REVIEW_VERSIONS.includes(each))
      ? NONE
      : [invalid(path, versions, `must include at least one of ${known}`)]),
  ]
}
