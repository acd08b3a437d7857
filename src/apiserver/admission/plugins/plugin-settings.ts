import { parseYamlDocuments } from '../../../apimachinery/yaml.ts'
import {
  atField,
  atIndex,
  type FieldError,
  formatFieldError,
  invalid,
  required,
} from '../../../schema/field-error.ts'
import { decodeConfiguration } from '../../base/decode-configuration.ts'
import { refuse } from '../../base/refuse.ts'
import type { PluginSettings } from './admission-plugins.ts'
import {
  type EventLimitConfiguration,
  EventRateLimitConfiguration,
  ResourceQuotaConfiguration,
  TolerationConfiguration,
} from './configuration-types.ts'
import { type EventLimit, LIMIT_TYPES } from './event-rate-limit.ts'
import type { LimitedResource } from './limited-resources.ts'
import { type NodeSelectors, parseNodeLabels } from './pod-node-selector.ts'
import type { TolerationSettings } from './pod-toleration-restriction.ts'
import { parsePodSecurity } from './pod-security/configuration.ts'

type Parse = (text: string) => PluginSettings

/** How each plugin that can be told something reads it. Each throws an Error that names what is wrong. */
export const SETTINGS_PARSERS: Readonly<Record<string, Parse>> = {
  PodSecurity: (text) => ({ podSecurity: parsePodSecurity(text) }),
  EventRateLimit: (text) => ({ eventLimits: parseEventLimits(text) }),
  PodNodeSelector: (text) => ({ nodeSelectors: parseNodeSelectors(text) }),
  PodTolerationRestriction: (text) => ({ tolerations: parseTolerations(text) }),
  ResourceQuota: (text) => ({ limitedResources: parseLimitedResources(text) }),
}

const EVENT_RATE_LIMIT = {
  group: 'eventratelimit.admission.k8s.io',
  kind: 'Configuration',
  versions: ['v1alpha1'],
}
const CACHE_SIZE = 4096

function parseEventLimits(text: string): readonly EventLimit[] {
  const { limits = [] } = decodeConfiguration(text, EventRateLimitConfiguration, EVENT_RATE_LIMIT)
  const errors = limits.flatMap((limit, i) => limitErrors(atIndex('limits', i), limit))
  if (limits.length === 0) errors.push(invalid('limits', [], 'must define at least one limit'))
  refuse(errors)
  return limits.map(({ type, qps = 0, burst = 0, cacheSize }) => ({
    type: type as EventLimit['type'],
    qps,
    burst,
    cacheSize: cacheSize || CACHE_SIZE,
  }))
}

function limitErrors(
  path: string,
  { type = '', qps = 0, burst = 0, cacheSize = 0 }: EventLimitConfiguration,
): FieldError[] {
  const errors: FieldError[] = []
  if (!LIMIT_TYPES.some((each) => each === type)) {
    const text = `must be one of [${LIMIT_TYPES.join(' ')}]`
    errors.push(invalid(atField(path, 'type'), type, text))
  }
  if (burst <= 0) errors.push(invalid(atField(path, 'burst'), burst, 'must be positive'))
  if (qps <= 0) errors.push(invalid(atField(path, 'qps'), qps, 'must be positive'))
  if (cacheSize < 0)
    errors.push(invalid(atField(path, 'cacheSize'), cacheSize, 'must not be negative'))
  return errors
}

const TOLERATION_RESTRICTION = {
  group: 'podtolerationrestriction.admission.k8s.io',
  kind: 'Configuration',
  versions: ['v1alpha1'],
}

function parseTolerations(text: string): TolerationSettings {
  return decodeConfiguration(text, TolerationConfiguration, TOLERATION_RESTRICTION)
}

const RESOURCE_QUOTA = { kind: 'ResourceQuotaConfiguration', versions: ['v1'] }

function parseLimitedResources(text: string): readonly LimitedResource[] {
  const { limitedResources = [] } = decodeConfiguration(
    text,
    ResourceQuotaConfiguration,
    RESOURCE_QUOTA,
  )
  refuse(
    limitedResources.flatMap(({ resource }, i) =>
      resource ? [] : [required(atField(atIndex('limitedResources', i), 'resource'))],
    ),
  )
  return limitedResources.map(
    ({ apiGroup = '', resource = '', matchContains = [], matchScopes = [] }) => ({
      apiGroup,
      resource,
      matchContains,
      matchScopes: matchScopes.map(({ scopeName = '', operator = '', values = [] }) => ({
        scopeName,
        operator,
        values,
      })),
    }),
  )
}

/** A file of no kind: `podNodeSelectorPluginConfig`, and in it namespaces with the labels of their nodes. */
function parseNodeSelectors(text: string): NodeSelectors {
  const value = parseYamlDocuments(text)[0]?.value as
    | { readonly podNodeSelectorPluginConfig?: Readonly<Record<string, string>> }
    | undefined
  const given = value?.podNodeSelectorPluginConfig
  if (!given) throw new Error(formatFieldError(required('podNodeSelectorPluginConfig')))
  return Object.fromEntries(
    Object.entries(given).map(([namespace, labels]) => [namespace, parseNodeLabels(labels)]),
  )
}
