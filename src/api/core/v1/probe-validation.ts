import { httpHeaderNameProblems } from '../../../apimachinery/value-rules.ts'
import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import {
  NONE,
  nonNegative,
  oneOf,
  portNumber,
  portNumberOrName,
  problemsAt,
  requiredText,
} from '../../validation/rules.ts'
import type {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  Lifecycle,
  Probe,
  SleepAction,
  TCPSocketAction,
} from './probe.ts'

/** What a probe or a lifecycle hook may do; only one of them. */
interface Handler {
  readonly exec?: ExecAction
  readonly httpGet?: HTTPGetAction
  readonly tcpSocket?: TCPSocketAction
  readonly grpc?: GRPCAction
  readonly sleep?: SleepAction
}

type Kind = keyof Handler

const KINDS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const

const BOUNDS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

export function validateLivenessProbe(probe: Probe | undefined, path: string): FieldError[] {
  if (!probe) return NONE
  const { successThreshold } = probe
  const at = `${path}.successThreshold`
  return [
    ...validateProbe(probe, path),
    ...(successThreshold === 1 ? NONE : [invalid(at, successThreshold, 'must be 1')]),
  ]
}

/** A startup probe follows the rules of a liveness probe. */
export const validateStartupProbe: typeof validateLivenessProbe = validateLivenessProbe

export function validateReadinessProbe(probe: Probe | undefined, path: string): FieldError[] {
  if (!probe) return NONE
  const { terminationGracePeriodSeconds: seconds } = probe
  const at = `${path}.terminationGracePeriodSeconds`
  return [
    ...validateProbe(probe, path),
    ...(seconds === undefined
      ? NONE
      : [invalid(at, seconds, 'must not be set for readinessProbes')]),
  ]
}

function validateProbe(probe: Probe, path: string): FieldError[] {
  const { terminationGracePeriodSeconds: seconds } = probe
  const at = `${path}.terminationGracePeriodSeconds`
  return [
    ...validateHandler(probe, undefined, path),
    ...BOUNDS.flatMap((field) => nonNegative(probe[field], `${path}.${field}`)),
    ...(seconds !== undefined && seconds <= 0
      ? [invalid(at, seconds, 'must be greater than 0')]
      : NONE),
  ]
}

export function validateLifecycle(
  { postStart, preStop }: Lifecycle,
  graceSeconds: number | undefined,
  path: string,
): FieldError[] {
  return [
    ...(postStart ? validateHandler(postStart, graceSeconds, `${path}.postStart`) : NONE),
    ...(preStop ? validateHandler(preStop, graceSeconds, `${path}.preStop`) : NONE),
  ]
}

function validateHandler(
  handler: Handler,
  graceSeconds: number | undefined,
  path: string,
): FieldError[] {
  const [first, ...surplus] = KINDS.filter((kind) => handler[kind] !== undefined)
  if (!first) return [required(path, 'must specify a handler type')]
  return [
    ...validateAction(handler, first, graceSeconds, `${path}.${first}`),
    ...surplus.map((kind) =>
      forbidden(`${path}.${kind}`, 'may not specify more than 1 handler type'),
    ),
  ]
}

function validateAction(
  handler: Handler,
  kind: Kind,
  graceSeconds: number | undefined,
  path: string,
): FieldError[] {
  switch (kind) {
    case 'exec':
      return handler.exec!.command ? NONE : [required(`${path}.command`)]
    case 'httpGet':
      return validateHttpGet(handler.httpGet!, path)
    case 'tcpSocket':
      return portNumberOrName(handler.tcpSocket!.port, `${path}.port`)
    case 'grpc':
      return portNumber(handler.grpc!.port, `${path}.port`)
    case 'sleep':
      return validateSleep(handler.sleep!, graceSeconds, path)
    default:
      return kind satisfies never
  }
}

function validateHttpGet(
  { path: requested, port, scheme, httpHeaders }: HTTPGetAction,
  path: string,
): FieldError[] {
  return [
    ...requiredText(requested, `${path}.path`),
    ...portNumberOrName(port, `${path}.port`),
    ...oneOf(scheme, ['HTTP', 'HTTPS'], `${path}.scheme`),
    ...(httpHeaders ?? []).flatMap(({ name }) =>
      problemsAt(`${path}.httpHeaders`, name, httpHeaderNameProblems(name)),
    ),
  ]
}

function validateSleep(
  { seconds }: SleepAction,
  graceSeconds: number | undefined,
  path: string,
): FieldError[] {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return NONE
  const text = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`
  return [invalid(path, seconds, text)]
}
