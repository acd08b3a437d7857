import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import { portNameProblems } from '../../../apimachinery/value-rules.ts'
import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  required,
  tooMany,
  type FieldError,
} from '../../../schema/field-error.ts'
import {
  eachAt,
  NONE,
  oneOf,
  portNumber,
  problemsAt,
  requiredName,
  requiredOneOf,
  requiredText,
} from '../../validation/rules.ts'
import type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  ContainerRestartRule,
  EphemeralContainer,
} from './container.ts'
import { validateEnv, validateEnvFrom } from './env-validation.ts'
import type { AnyContainer } from './pod-containers.ts'
import { isSidecar } from './pod-containers.ts'
import type { PodSpec } from './pod-spec.ts'
import {
  validateLifecycle,
  validateLivenessProbe,
  validateReadinessProbe,
  validateStartupProbe,
} from './probe-validation.ts'
import { validateResourceRequirements } from './resource-validation.ts'
import { validateSecurityContext } from './security-validation.ts'
import { validateVolumeDevices, validateVolumeMounts } from './volume-mount-validation.ts'
import { PULL_POLICIES } from './volume-validation.ts'
import type { Volume } from './volume.ts'

/** What the containers of a Pod share. */
export interface ContainerContext {
  readonly spec: PodSpec
  /** By name; only those that are right themselves. */
  readonly volumes: ReadonlyMap<string, Volume>
  readonly claimNames: ReadonlySet<string>
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']

/** Checks the regular containers of a Pod. */
export function validateContainers(context: ContainerContext, path: string): FieldError[] {
  const { containers } = context.spec
  if (containers.length === 0) return [required(path)]
  const names = new Set<string>()
  return [
    ...eachAt(containers, path, (container, at) => [
      ...validateCommon(container, context, at),
      ...validateNameIsNew(container.name, names, at),
      ...validateHooks(container, context, at),
      ...validateRestartPolicy(container, at),
    ]),
    ...validateHostPorts(containers, path),
  ]
}

/** Checks the init containers of a Pod, sidecars among them. */
export function validateInitContainers(context: ContainerContext, path: string): FieldError[] {
  const { containers, initContainers } = context.spec
  const names = new Set(containers.map(({ name }) => name))
  return eachAt(initContainers, path, (container, at) => [
    ...validateCommon(container, context, at),
    ...validateRestartPolicy(container, at),
    ...validateNameIsNew(container.name, names, at),
    // They run one after another, so only ports within one can clash. The path is upstream's.
    ...validateHostPorts([container], path),
    ...(isSidecar(container)
      ? validateHooks(container, context, at)
      : HOOKS.filter((field) => container[field] !== undefined).map((field) =>
          forbidden(
            `${at}.${field}`,
            'may not be set for init containers without restartPolicy=Always',
          ),
        )),
    ...(container.resizePolicy && !isSidecar(container)
      ? [
          invalid(
            `${at}.resizePolicy`,
            container.resizePolicy,
            'must not be set for init containers',
          ),
        ]
      : NONE),
  ])
}

const HOOKS = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const

const EPHEMERAL_FORBIDDEN = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
] as const

const NOT_EPHEMERAL = 'cannot be set for an Ephemeral Container'

/** Checks the containers added to a running Pod for debugging. */
export function validateEphemeralContainers(context: ContainerContext, path: string): FieldError[] {
  const { containers, initContainers = [], ephemeralContainers } = context.spec
  const others = new Set([...containers, ...initContainers].map(({ name }) => name))
  const names = new Set(others)
  return eachAt(ephemeralContainers, path, (container, at) => {
    const target = container.targetContainerName
    return [
      ...validateCommon(container, context, at),
      ...validateImageIsTrimmed(container, at),
      ...validateNameIsNew(container.name, names, at),
      ...(target && !others.has(target) ? [notFound(`${at}.targetContainerName`, target)] : NONE),
      ...validateEphemeralFields(container, at),
    ]
  })
}

function validateEphemeralFields(container: EphemeralContainer, path: string): FieldError[] {
  const set = EPHEMERAL_FORBIDDEN.filter((field) => container[field] !== undefined)
  const hasResources = Object.keys(container.resources).length > 0
  return [
    ...set.map((field) => forbidden(`${path}.${field}`, NOT_EPHEMERAL)),
    ...(hasResources ? [forbidden(`${path}.resources`, NOT_EPHEMERAL)] : NONE),
    ...eachAt(container.volumeMounts, `${path}.volumeMounts`, ({ subPath, subPathExpr }, at) => [
      ...(subPath ? [forbidden(`${at}.subPath`, NOT_EPHEMERAL)] : NONE),
      ...(subPathExpr ? [forbidden(`${at}.subPathExpr`, NOT_EPHEMERAL)] : NONE),
    ]),
  ]
}

/** Rules of Pods that templates are spared. */
export function validateImageIsTrimmed({ image = '' }: AnyContainer, path: string): FieldError[] {
  return image === image.trim()
    ? NONE
    : [invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')]
}

function validateCommon(
  container: AnyContainer,
  { spec, volumes, claimNames }: ContainerContext,
  path: string,
): FieldError[] {
  return [
    ...requiredName(container.name, `${path}.name`, dns1123LabelProblems),
    ...requiredText(container.image, `${path}.image`),
    ...oneOf(
      container.terminationMessagePolicy,
      ['File', 'FallbackToLogsOnError'],
      `${path}.terminationMessagePolicy`,
    ),
    ...validatePorts(container.ports, `${path}.ports`),
    ...validateEnv(container.env, `${path}.env`),
    ...validateEnvFrom(container.envFrom, `${path}.envFrom`),
    ...validateVolumeMounts(container, volumes, `${path}.volumeMounts`),
    ...validateVolumeDevices(container, volumes, `${path}.volumeDevices`),
    ...requiredOneOf(container.imagePullPolicy, PULL_POLICIES, `${path}.imagePullPolicy`),
    ...validateResourceRequirements(container.resources, `${path}.resources`, claimNames),
    ...validateResizePolicy(container.resizePolicy, spec.restartPolicy, `${path}.resizePolicy`),
    ...validateSecurityContext(
      container.securityContext,
      `${path}.securityContext`,
      spec.hostUsers !== false,
    ),
  ]
}

function validateNameIsNew(name: string, names: Set<string>, path: string): FieldError[] {
  if (names.has(name)) return [duplicate(`${path}.name`, name)]
  if (name !== '') names.add(name)
  return NONE
}

function validateHooks(container: Container, { spec }: ContainerContext, path: string) {
  const { lifecycle } = container
  return [
    ...(lifecycle
      ? validateLifecycle(lifecycle, spec.terminationGracePeriodSeconds, `${path}.lifecycle`)
      : NONE),
    ...validateLivenessProbe(container.livenessProbe, `${path}.livenessProbe`),
    ...validateReadinessProbe(container.readinessProbe, `${path}.readinessProbe`),
    ...validateStartupProbe(container.startupProbe, `${path}.startupProbe`),
  ]
}

function validatePorts(ports: readonly ContainerPort[] | undefined, path: string): FieldError[] {
  const names = new Set<string>()
  return eachAt(ports, path, ({ name, containerPort, hostPort, protocol }, at) => [
    ...(name ? validatePortName(name, names, `${at}.name`) : NONE),
    ...(containerPort === 0
      ? [required(`${at}.containerPort`)]
      : portNumber(containerPort, `${at}.containerPort`)),
    ...(hostPort ? portNumber(hostPort, `${at}.hostPort`) : NONE),
    ...requiredOneOf(protocol, PROTOCOLS, `${at}.protocol`),
  ])
}

function validatePortName(name: string, names: Set<string>, path: string): FieldError[] {
  const errors = problemsAt(path, name, portNameProblems(name))
  if (errors.length > 0) return errors
  if (names.has(name)) return [duplicate(path, name)]
  names.add(name)
  return NONE
}

/** Ports of the node that several of these containers ask for. */
function validateHostPorts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>()
  return eachAt(containers, path, ({ ports }, at) =>
    eachAt(ports, `${at}.ports`, ({ protocol, hostIP = '', hostPort }, portPath) => {
      if (!hostPort) return NONE
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) return [duplicate(`${portPath}.hostPort`, key)]
      taken.add(key)
      return NONE
    }),
  )
}

function validateResizePolicy(
  policies: readonly ContainerResizePolicy[] | undefined,
  podRestartPolicy: string,
  path: string,
): FieldError[] {
  const seen = new Set<string>()
  return eachAt(policies, path, ({ resourceName, restartPolicy }, at) => {
    const isTwice = seen.has(resourceName)
    seen.add(resourceName)
    const text = "must be 'NotRequired' when `restartPolicy` is 'Never'"
    return [
      ...(isTwice ? [duplicate(at, resourceName)] : NONE),
      ...requiredOneOf(resourceName, ['cpu', 'memory'], path),
      ...requiredOneOf(restartPolicy, ['NotRequired', 'RestartContainer'], path),
      ...(podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired'
        ? [invalid(path, restartPolicy, text)]
        : NONE),
    ]
  })
}

const RULES_MAX = 20
const EXIT_CODES_MAX = 255

/** A container's own restart policy and its rules for exit codes (KEP-5307). */
function validateRestartPolicy(container: Container, path: string): FieldError[] {
  const { restartPolicy, restartPolicyRules: rules } = container
  if (restartPolicy === undefined && !rules) return NONE
  const at = `${path}.restartPolicyRules`
  return [
    ...(restartPolicy === undefined
      ? [
          required(
            `${path}.restartPolicy`,
            'must specify restartPolicy when restart rules are used',
          ),
        ]
      : oneOf(restartPolicy, ['Always', 'Never', 'OnFailure'], `${path}.restartPolicy`)),
    ...(rules && rules.length > RULES_MAX ? [tooMany(at, rules.length, RULES_MAX)] : NONE),
    ...eachAt(rules, at, validateRestartRule),
  ]
}

function validateRestartRule(
  { action, exitCodes }: ContainerRestartRule,
  path: string,
): FieldError[] {
  const at = `${path}.exitCodes`
  const values = exitCodes?.values ?? []
  return [
    ...oneOf(action ?? '', ['Restart', 'RestartAllContainers'], `${path}.action`),
    ...(exitCodes
      ? oneOf(exitCodes.operator ?? '', ['In', 'NotIn'], `${at}.operator`)
      : [required(at, 'must be specified')]),
    ...(values.length > EXIT_CODES_MAX
      ? [tooMany(`${at}.values`, values.length, EXIT_CODES_MAX)]
      : NONE),
  ]
}
