import { parseDuration } from '../../apimachinery/durations.ts'
import { eachAt, NONE } from '../../api/validation/rules.ts'
import {
  atKey,
  forbidden,
  invalid,
  unsupported,
  type FieldError,
} from '../../schema/field-error.ts'
import { parseQuantity, quantityValue } from '../../schema/quantity.ts'
import { SIGNALS } from '../eviction/signals.ts'
import { parseThresholdValue } from '../eviction/thresholds.ts'
import { unsafeSysctlProblem } from '../pod-workers/sysctls.ts'
import { TOPOLOGY_POLICIES, TOPOLOGY_SCOPES } from '../topology/policies.ts'
import type { KubeletConfiguration } from './kubelet-configuration.ts'
import { settingsOf } from './settings.ts'
import { unless } from './unless.ts'
import { validateManagers } from './validate-managers.ts'

/** All that is wrong with a configuration (pkg/kubelet/apis/config/validation/validation.go). */
export function validateKubeletConfiguration(configuration: KubeletConfiguration): FieldError[] {
  return [
    ...validateDurations(configuration),
    ...validateImages(configuration),
    ...validateLogs(configuration),
    ...validateEviction(configuration),
    ...validateShutdown(configuration),
    ...validatePods(configuration),
    ...validatePolicies(configuration),
    ...validateManagers(configuration),
    ...eachAt(configuration.allowedUnsafeSysctls, 'allowedUnsafeSysctls', (pattern, at) => {
      const problem = unsafeSysctlProblem(pattern)
      return problem === undefined ? NONE : [invalid(at, pattern, problem)]
    }),
  ]
}

function validateDurations(configuration: KubeletConfiguration): FieldError[] {
  return settingsOf(configuration).flatMap(({ path, info, value }) =>
    info.type === 'duration'
      ? unless(parseDuration(value as string) >= 0, path, value, 'must not be negative')
      : NONE,
  )
}

function validateImages({
  imageGCHighThresholdPercent: high,
  imageGCLowThresholdPercent: low,
  imageMinimumGCAge,
  imageMaximumGCAge,
  maxParallelImagePulls: parallel,
  serializeImagePulls = parallel === undefined || parallel < 2,
}: KubeletConfiguration): FieldError[] {
  const isPercent = (value: number): boolean => value >= 0 && value <= 100
  const maxAge = parseDuration(imageMaximumGCAge)
  const between = 'must be between 0 and 100, inclusive'
  return [
    ...unless(isPercent(high), 'imageGCHighThresholdPercent', high, between),
    ...unless(isPercent(low), 'imageGCLowThresholdPercent', low, between),
    ...unless(
      low < high,
      'imageGCLowThresholdPercent',
      low,
      `must be less than imageGCHighThresholdPercent ${high}`,
    ),
    ...unless(
      maxAge <= 0 || maxAge > parseDuration(imageMinimumGCAge),
      'imageMaximumGCAge',
      imageMaximumGCAge,
      `must be greater than imageMinimumGCAge ${imageMinimumGCAge}`,
    ),
    ...unless(
      parallel === undefined || parallel >= 1,
      'maxParallelImagePulls',
      parallel,
      'must be a positive number',
    ),
    ...unless(
      parallel === undefined || parallel === 1 || !serializeImagePulls,
      'maxParallelImagePulls',
      parallel,
      'cannot be larger than 1 unless serializeImagePulls (--serialize-image-pulls) set to false',
    ),
  ]
}

function validateLogs({
  containerLogMaxFiles,
  containerLogMaxSize,
  containerLogMonitorInterval,
}: KubeletConfiguration): FieldError[] {
  const size = parseQuantity(containerLogMaxSize)
  return [
    ...unless(
      containerLogMaxFiles > 1,
      'containerLogMaxFiles',
      containerLogMaxFiles,
      'must be greater than 1',
    ),
    ...unless(
      size !== undefined && (size.nano > 0n || containerLogMaxSize.startsWith('-')),
      'containerLogMaxSize',
      containerLogMaxSize,
      'must be a positive quantity, or negative for logs that are never rotated',
    ),
    ...unless(
      parseDuration(containerLogMonitorInterval) >= 3000,
      'containerLogMonitorInterval',
      containerLogMonitorInterval,
      'must be greater than or equal to 3s',
    ),
  ]
}

const THRESHOLDS = ['evictionHard', 'evictionSoft', 'evictionMinimumReclaim'] as const

function validateEviction(configuration: KubeletConfiguration): FieldError[] {
  const { evictionSoft = {}, evictionSoftGracePeriod = {} } = configuration
  const known = (path: string, given: Readonly<Record<string, string>>): FieldError[] =>
    Object.keys(given)
      .filter((signal) => !Object.hasOwn(SIGNALS, signal))
      .map((signal) => unsupported(path, signal, Object.keys(SIGNALS)))
  return [
    ...THRESHOLDS.flatMap((path) => {
      const given = configuration[path] ?? {}
      const problems = Object.entries(given).flatMap(([signal, value]) =>
        unless(
          parseThresholdValue(value) !== undefined,
          atKey(path, signal),
          value,
          'must be a quantity or a percentage that is not negative',
        ),
      )
      return [...known(path, given), ...problems]
    }),
    ...known('evictionSoftGracePeriod', evictionSoftGracePeriod),
    ...Object.keys(evictionSoft)
      .filter((signal) => !Object.hasOwn(evictionSoftGracePeriod, signal))
      .map((signal) =>
        invalid(
          atKey('evictionSoft', signal),
          evictionSoft[signal],
          'grace period must be specified for the soft eviction threshold',
        ),
      ),
    ...Object.entries(evictionSoftGracePeriod).flatMap(([signal, period]) =>
      unless(
        isDuration(period),
        atKey('evictionSoftGracePeriod', signal),
        period,
        'must be a duration that is not negative',
      ),
    ),
  ]
}

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) >= 0
  } catch {
    return false
  }
}

function validateShutdown({
  shutdownGracePeriod,
  shutdownGracePeriodCriticalPods,
  shutdownGracePeriodByPodPriority = [],
}: KubeletConfiguration): FieldError[] {
  const [all, critical] = [shutdownGracePeriod, shutdownGracePeriodCriticalPods].map((text) =>
    parseDuration(text),
  ) as [number, number]
  const isShort = (ms: number): boolean => ms > 0 && ms < 1000
  const atLeast = 'must be either zero or otherwise >= 1 sec'
  const isBoth = shutdownGracePeriodByPodPriority.length > 0 && (all > 0 || critical > 0)
  return [
    ...unless(
      critical <= all,
      'shutdownGracePeriodCriticalPods',
      shutdownGracePeriodCriticalPods,
      `must be <= shutdownGracePeriod ${shutdownGracePeriod}`,
    ),
    ...unless(!isShort(all), 'shutdownGracePeriod', shutdownGracePeriod, atLeast),
    ...unless(
      !isShort(critical),
      'shutdownGracePeriodCriticalPods',
      shutdownGracePeriodCriticalPods,
      atLeast,
    ),
    ...(isBoth
      ? [
          forbidden(
            'shutdownGracePeriodByPodPriority',
            'cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod or shutdownGracePeriodCriticalPods at the same time',
          ),
        ]
      : NONE),
  ]
}

function validatePods({
  maxPods,
  podsPerCore = 0,
  podPidsLimit,
  port,
  nodeLeaseDurationSeconds: lease,
  registerWithTaints = [],
  crashLoopBackOff,
  userNamespaces,
}: KubeletConfiguration): FieldError[] {
  const ids = userNamespaces?.idsPerPod ?? 65_536
  const longest = crashLoopBackOff?.maxContainerRestartPeriod
  return [
    ...unless(maxPods >= 0, 'maxPods', maxPods, 'must not be a negative number'),
    ...unless(podsPerCore >= 0, 'podsPerCore', podsPerCore, 'must not be a negative number'),
    ...unless(podPidsLimit >= -1, 'podPidsLimit', podPidsLimit, 'must be -1 or greater'),
    ...unless(lease > 0, 'nodeLeaseDurationSeconds', lease, 'must be greater than 0'),
    ...unless(
      ids > 0 && ids % 65_536 === 0 && ids <= 2 ** 32,
      'userNamespaces.idsPerPod',
      ids,
      'must be a multiple of 65536',
    ),
    ...unless(port >= 1 && port <= 65_535, 'port', port, 'must be between 1 and 65535, inclusive'),
    ...eachAt(registerWithTaints, 'registerWithTaints', ({ effect }, path) =>
      ['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(effect)
        ? NONE
        : [unsupported(`${path}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])],
    ),
    ...unless(
      longest === undefined ||
        (parseDuration(longest) >= 1000 && parseDuration(longest) <= 300_000),
      'crashLoopBackOff.maxContainerRestartPeriod',
      longest,
      'must be set between 1s and 300s',
    ),
  ]
}

const CHOICES = {
  cpuManagerPolicy: ['none', 'static'],
  memoryManagerPolicy: ['None', 'Static'],
  topologyManagerPolicy: TOPOLOGY_POLICIES,
  topologyManagerScope: TOPOLOGY_SCOPES,
  imagePullCredentialsVerificationPolicy: [
    'NeverVerify',
    'NeverVerifyPreloadedImages',
    'NeverVerifyAllowlistedImages',
    'AlwaysVerify',
  ],
} as const

function validatePolicies(configuration: KubeletConfiguration): FieldError[] {
  const { cpuManagerPolicy, kubeReserved, systemReserved, reservedSystemCPUs } = configuration
  const choices = Object.entries(CHOICES) as [keyof typeof CHOICES, readonly string[]][]
  const cpu = [kubeReserved, systemReserved].some((each) => quantityValue(each?.['cpu']) > 0)
  return [
    ...choices.flatMap(([name, values]) =>
      values.includes(configuration[name])
        ? NONE
        : [unsupported(name, configuration[name], values)],
    ),
    ...unless(
      cpuManagerPolicy !== 'static' || cpu || reservedSystemCPUs !== undefined,
      'cpuManagerPolicy',
      cpuManagerPolicy,
      'needs kubeReserved, systemReserved or reservedSystemCPUs to leave a CPU to everybody',
    ),
  ]
}
