import { quote } from '../../apimachinery/go-format.ts'
import { formatDuration } from '../../apimachinery/durations.ts'

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never'

/** Why a container waits for its image, as its status says it. */
export type ImageReason =
  | 'ErrImagePull'
  | 'ImagePullBackOff'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'ImageInspectError'
  | 'RegistryUnavailable'
  | 'SignatureValidationFailed'

/** What to tell about a Pod's image, as an event on the Pod. */
export interface ImageEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason:
    | 'Pulling'
    | 'Pulled'
    | 'Failed'
    | 'InspectFailed'
    | 'ErrImageNeverPull'
    | 'BackOff'
  readonly message: string
}

/** The outcome: what the container is to be made from, or why it waits. */
export type EnsuredImage =
  | { readonly ok: true; readonly imageRef: string }
  | { readonly ok: false; readonly reason: ImageReason; readonly message: string }

export type ImagePlan = 'use' | 'pull' | 'refuse'

/** What a pull policy makes of an image that is, or is not, on the node. */
export function planImage(policy: PullPolicy, present: boolean): ImagePlan {
  if (policy === 'Always') return 'pull'
  if (present) return 'use'
  return policy === 'Never' ? 'refuse' : 'pull'
}

/** Why a pull failed, from the runtime's words. */
export function pullFailure(
  image: string,
  words: string,
): { readonly reason: ImageReason; readonly message: string } {
  for (const [reason, problem] of [
    ['RegistryUnavailable', 'the registry is unavailable'],
    ['SignatureValidationFailed', 'the signature validation failed'],
  ] as const) {
    if (!words.startsWith(reason)) continue
    const rest = words.slice(reason.length)
    return { reason, message: `image pull failed for ${image} because ${problem}${rest}` }
  }
  return { reason: 'ErrImagePull', message: words }
}

/** The events about images, in upstream's words. */
export const imageEvents = {
  invalidName: (image: string, problem: string): ImageEvent =>
    warning('InspectFailed', `Failed to apply default image tag ${quote(image)}: ${problem}`),
  inspectFailed: (image: string, problem: string): ImageEvent =>
    warning('InspectFailed', `Failed to inspect image ${quote(image)}: ${problem}`),
  neverPull: (image: string): ImageEvent =>
    warning(
      'ErrImageNeverPull',
      `Container image ${quote(image)} is not present with pull policy of Never`,
    ),
  present: (image: string): ImageEvent =>
    normal(
      'Pulled',
      `Container image ${quote(image)} already present on machine and can be accessed by the pod`,
    ),
  backOff: (image: string): ImageEvent =>
    normal('BackOff', `Back-off pulling image ${quote(image)}`),
  pulling: (image: string): ImageEvent => normal('Pulling', `Pulling image ${quote(image)}`),
  failed: (image: string, problem: string): ImageEvent =>
    warning('Failed', `Failed to pull image ${quote(image)}: ${problem}`),
  /** Durations in milliseconds, of the pull itself and of the pull and the wait before it. */
  pulled: (image: string, pullMs: number, allMs: number, sizeBytes: number): ImageEvent =>
    normal(
      'Pulled',
      `Successfully pulled image ${quote(image)} in ${milliseconds(pullMs)} (${milliseconds(allMs)} including waiting). Image size: ${sizeBytes} bytes.`,
    ),
} as const

function normal(reason: ImageEvent['reason'], message: string): ImageEvent {
  return { type: 'Normal', reason, message }
}

function warning(reason: ImageEvent['reason'], message: string): ImageEvent {
  return { type: 'Warning', reason, message }
}

function milliseconds(ms: number): string {
  return formatDuration(Math.trunc(ms))
}
