import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withField, withFields } from '../../change.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, ifSet, immutable, NONE, requiredOneOf } from '../../validation/rules.ts'
import { validateWebhookService, validateWebhookUrl } from '../../validation/webhook-client.ts'
import {
  CustomResourceDefinition,
  type CustomResourceConversion,
  type CustomResourceDefinitionNames,
  type CustomResourceDefinitionSpec,
} from './custom-resource-definition.ts'
import { apiApproval, APPROVED_ANNOTATION } from './api-approval.ts'
import { isEstablished } from './established.ts'
import { validateVersions } from './version-validation.ts'
import type { WebhookClientConfig } from './webhook-client-config.ts'

const REVIEW_VERSIONS = ['v1', 'v1beta1']

const prepared = preparation(CustomResourceDefinition)

/** The rules of CustomResourceDefinitions (apiextensions-apiserver's pkg/registry/customresourcedefinition). */
export const customResourceDefinitionStrategy: Strategy<CustomResourceDefinition> = {
  applyDefaults: (definition) => changeField(definition, 'spec', defaultSpec),
  prepareForCreate: (definition, context) =>
    withStoredVersion(prepared.prepareForCreate(definition, context)),
  prepareForUpdate: (definition, old, context) =>
    withStoredVersion(prepared.prepareForUpdate(definition, old, context)),
  validateCreate: (definition) => [
    ...validateDefinition(definition),
    ...validateApproval(definition),
  ],
  validateUpdate: (definition, old) => [
    ...validateDefinition(definition),
    ...validateChange(definition, old),
    ...(apiApproval(definition)?.state === apiApproval(old)?.state
      ? NONE
      : validateApproval(definition)),
  ],
  status: statusStrategy(
    ({ status }) => validateNames(status.acceptedNames, 'status.acceptedNames'),
    // What deletes a definition's objects takes its finalizer away with the same write.
    { keep: ['labels', 'annotations', 'ownerReferences'] },
  ),
  allowUnconditionalUpdate: false,
  standardFinalizersOnly: false,
}

function defaultSpec(spec: CustomResourceDefinitionSpec): CustomResourceDefinitionSpec {
  const { kind } = spec.names
  return withFields(spec, {
    names: withFields(spec.names, {
      singular: spec.names.singular || kind.toLowerCase(),
      listKind: spec.names.listKind || (kind ? `${kind}List` : undefined),
    }),
    conversion: defaultConversion(spec.conversion ?? { strategy: 'None' }),
  })
}

function defaultConversion(conversion: CustomResourceConversion): CustomResourceConversion {
  return changeField(conversion, 'webhook', (webhook) =>
    changeField(webhook, 'clientConfig', (client) =>
      changeField(client, 'service', (service) => withField(service, 'port', service.port ?? 443)),
    ),
  )
}

function withStoredVersion(definition: CustomResourceDefinition): CustomResourceDefinition {
  const name = definition.spec.versions.find(({ storage }) => storage)?.name
  return changeField(definition, 'status', (status) =>
    name === undefined || status.storedVersions.includes(name)
      ? status
      : { ...status, storedVersions: [...status.storedVersions, name] },
  )
}

function validateDefinition({ metadata, spec, status }: CustomResourceDefinition): FieldError[] {
  const expected = `${spec.names.plural}.${spec.group}`
  return [
    ...(metadata.name === expected
      ? NONE
      : [invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...validateSpec(spec, 'spec'),
    ...validateNames(status.acceptedNames, 'status.acceptedNames'),
    ...validateStoredVersions(spec, status.storedVersions, 'status.storedVersions'),
    ...(spec.preserveUnknownFields
      ? [
          invalid(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : NONE),
  ]
}

function validateSpec(spec: CustomResourceDefinitionSpec, path: string): FieldError[] {
  return [
    ...validateGroup(spec.group, `${path}.group`),
    ...requiredOneOf(spec.scope, ['Cluster', 'Namespaced'], `${path}.scope`),
    ...validateVersions(spec.versions, path),
    ...REQUIRED_NAMES.filter((field) => !spec.names[field]).map((field) =>
      required(`${path}.names.${field}`),
    ),
    ...validateNames(spec.names, `${path}.names`),
    ...ifSet(spec.conversion, (conversion) => validateConversion(conversion, `${path}.conversion`)),
  ]
}

const REQUIRED_NAMES = ['plural', 'singular', 'kind', 'listKind'] as const

function validateGroup(group: string, path: string): FieldError[] {
  if (!group) return [required(path)]
  const problems = dns1123SubdomainProblems(group)
  if (problems.length > 0) return [invalid(path, group, problems.join(','))]
  return group.includes('.')
    ? NONE
    : [invalid(path, group, 'should be a domain with at least one dot')]
}

function validateNames(names: CustomResourceDefinitionNames, path: string): FieldError[] {
  const { plural, singular = '', kind, listKind = '', shortNames, categories } = names
  const mixed = 'may have mixed case, but should otherwise match: '
  const label = (value: string, at: string, intro = ''): FieldError[] => {
    const problems = value ? dns1035LabelProblems(intro ? value.toLowerCase() : value) : []
    return problems.length > 0 ? [invalid(at, value, `${intro}${problems.join(',')}`)] : NONE
  }
  return [
    ...label(plural, `${path}.plural`),
    ...label(singular, `${path}.singular`),
    ...label(kind, `${path}.kind`, mixed),
    ...label(listKind, `${path}.listKind`, mixed),
    ...eachAt(shortNames, `${path}.shortNames`, (each, at) => label(each, at)),
    ...(kind && kind === listKind
      ? [invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same')]
      : NONE),
    ...eachAt(categories, `${path}.categories`, (each, at) => label(each, at)),
  ]
}

// Paths as in upstream's internal form, where the webhook's client and versions stand side by side.
function validateConversion(
  { strategy, webhook }: CustomResourceConversion,
  path: string,
): FieldError[] {
  const at = `${path}.webhookClientConfig`
  const atVersions = `${path}.conversionReviewVersions`
  const versions = webhook?.conversionReviewVersions ?? []
  const errors = requiredOneOf(strategy, ['None', 'Webhook'], `${path}.strategy`)
  if (strategy === 'Webhook') {
    return [
      ...errors,
      ...(webhook?.clientConfig
        ? validateClient(webhook.clientConfig, at)
        : [required(at, 'required when strategy is set to Webhook')]),
      ...validateReviewVersions(versions, atVersions),
    ]
  }
  const text = 'should not be set when strategy is not set to Webhook'
  return [
    ...errors,
    ...(webhook?.clientConfig ? [forbidden(at, text)] : NONE),
    ...(versions.length > 0 ? [forbidden(atVersions, text)] : NONE),
  ]
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
  if (versions.length === 0) return [required(path)]
  return [
    ...eachAt(versions, path, (version, at, i) =>
      versions.indexOf(version) < i
        ? [invalid(at, version, 'duplicate version')]
        : dns1035LabelProblems(version).map((problem) => invalid(at, version, problem)),
    ),
    ...(versions.some((each) => REVIEW_VERSIONS.includes(each))
      ? NONE
      : [invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`)]),
  ]
}

function validateStoredVersions(
  { versions }: CustomResourceDefinitionSpec,
  stored: readonly string[],
  path: string,
): FieldError[] {
  if (stored.length === 0) return [invalid(path, stored, 'must have at least one stored version')]
  const names = versions.map(({ name }) => name)
  return [
    ...versions
      .filter(({ name, storage }) => storage && !stored.includes(name))
      .map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)),
    ...eachAt(stored, path, (name, at) =>
      names.includes(name)
        ? NONE
        : [
            invalid(
              at,
              name,
              `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
            ),
          ],
    ),
  ]
}

function validateApproval(definition: CustomResourceDefinition): FieldError[] {
  const approval = apiApproval(definition)
  const path = `metadata.annotations[${APPROVED_ANNOTATION}]`
  if (approval?.state === 'missing') return [required(path, approval.reason)]
  if (approval?.state !== 'invalid') return NONE
  return [invalid(path, definition.metadata.annotations?.[APPROVED_ANNOTATION], approval.reason)]
}

function validateChange(
  { spec }: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const before = old.spec
  return [
    ...(isEstablished(old)
      ? [
          ...immutable(spec.scope, before.scope, 'spec.scope'),
          ...immutable(spec.names.kind, before.names.kind, 'spec.names.kind'),
        ]
      : NONE),
    ...immutable(spec.group, before.group, 'spec.group'),
    ...immutable(spec.names.plural, before.names.plural, 'spec.names.plural'),
  ]
}
