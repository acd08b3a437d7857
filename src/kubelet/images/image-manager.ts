import { aggregate } from '../../apimachinery/go-format.ts'
import type { Clock } from '../../base/clock.ts'
import { GrpcError } from '../../grpc/errors.ts'
import type { AuthConfig, ImageService, ImageSpec, Input, PodSandboxConfig } from '../cri/types.ts'
import {
  imageEvents,
  planImage,
  pullFailure,
  type EnsuredImage,
  type ImageEvent,
  type ImageReason,
  type PullPolicy,
} from './image-plan.ts'
import type { PullRecords, SecretOrigin } from './pull-records.ts'
import { pullBackoff, type PullBackoff } from './pull-backoff.ts'
import { InvalidImageNameError, withDefaultTag } from './reference.ts'
import { turns } from './turns.ts'

export interface ImageRequest {
  readonly podUID: string
  /** As the container has it. */
  readonly image: string
  readonly policy: PullPolicy
  /** Asked before a pull, or where a Pod must show that it may have what is there: tried one after the other; without any, the pull is anonymous. */
  readonly credentials?: () => Promise<readonly PullCredential[]>
  readonly sandboxConfig?: Input<PodSandboxConfig>
  readonly annotations?: Readonly<Record<string, string>>
  readonly runtimeHandler?: string
  /** Told what happens, for the Pod's events. */
  readonly report: (event: ImageEvent) => void
  readonly signal?: AbortSignal
}

/** Credentials for a registry, and the Secret that they come from; all on the node have them where there is none. */
export interface PullCredential {
  readonly auth: Input<AuthConfig>
  readonly secret?: SecretOrigin
}

/** Sees to it that the images of containers are on the node. */
export interface ImageManager {
  /** Rejects when aborted only: what is wrong with an image is part of the outcome. */
  ensureImage(request: ImageRequest): Promise<EnsuredImage>
}

export interface ImageManagerOptions {
  readonly images: ImageService
  readonly clock: Clock
  /** How many pulls at once; 1 when absent, as upstream's `serializeImagePulls`. */
  readonly pullsAtOnce?: number
  /** With what images were pulled; without them, whoever asks has what is there. */
  readonly records?: PullRecords
}

/** An image manager with the pull policies, the back-off and the words of upstream's kubelet. */
export function imageManager({
  images,
  clock,
  pullsAtOnce = 1,
  records,
}: ImageManagerOptions): ImageManager {
  const context: Context = {
    images,
    clock,
    records,
    backoff: pullBackoff(),
    turn: turns(pullsAtOnce),
  }
  return {
    async ensureImage(asked) {
      const request = askingOnce(asked)
      try {
        return await ensure(context, request, imageSpec(request))
      } catch (error) {
        if (!(error instanceof InvalidImageNameError)) throw error
        return refuse(
          request,
          'InvalidImageName',
          imageEvents.invalidName(request.image, error.message),
        )
      }
    },
  }
}

interface Context {
  readonly images: ImageService
  readonly clock: Clock
  readonly records: PullRecords | undefined
  readonly backoff: PullBackoff
  readonly turn: ReturnType<typeof turns>
}

/** Finding out credentials may take a program, or the API server: those that prove that a Pod may have an image pull it too. */
function askingOnce(request: ImageRequest): ImageRequest {
  let known: Promise<readonly PullCredential[]> | undefined
  const credentials = () => (known ??= request.credentials?.() ?? Promise.resolve([]))
  return { ...request, credentials }
}

async function ensure(
  context: Context,
  request: ImageRequest,
  spec: Input<ImageSpec>,
): Promise<EnsuredImage> {
  const { image, policy, report, signal } = request
  let present: string | undefined
  try {
    // What is there does not matter to a policy that pulls in any case.
    if (policy !== 'Always')
      present = (await context.images.imageStatus(spec, { ...(signal && { signal }) }))?.id
  } catch (error) {
    return refuse(request, 'ImageInspectError', imageEvents.inspectFailed(image, words(error)))
  }
  const isUsable = present !== undefined && (await mayUse(context, request, present))
  const plan = planImage(policy, isUsable)
  if (plan === 'refuse') return refuse(request, 'ErrImageNeverPull', imageEvents.neverPull(image))
  if (plan === 'pull') return pullUnlessTooEarly(context, request, spec)
  report(imageEvents.present(image))
  return { ok: true, imageRef: present! }
}

/** Whether a Pod may have an image that is there, by the Secrets that it has. */
async function mayUse(
  { records }: Context,
  { image, credentials }: ImageRequest,
  imageRef: string,
): Promise<boolean> {
  if (!records?.mustVerify(image, imageRef)) return true
  const known = (await credentials?.()) ?? []
  return records.isKnown(
    image,
    imageRef,
    known.flatMap(({ secret }) => secret ?? []),
  )
}

async function pullUnlessTooEarly(
  context: Context,
  request: ImageRequest,
  spec: Input<ImageSpec>,
): Promise<EnsuredImage> {
  const { backoff, clock } = context
  const { image, report } = request
  const key = `${request.podUID}_${image}`
  const waiting = backoff.waiting(key, clock.now())
  if (waiting) {
    const event = imageEvents.backOff(image)
    report(event)
    return {
      ok: false,
      reason: 'ImagePullBackOff',
      message: `${event.message}: ${waiting.message}`,
    }
  }
  report(imageEvents.pulling(image))
  try {
    const { imageRef, ...pulled } = await pull(context, request, spec)
    report(imageEvents.pulled(image, pulled.pullMs, pulled.allMs, pulled.sizeBytes))
    backoff.collect(clock.now())
    return { ok: true, imageRef }
  } catch (error) {
    report(imageEvents.failed(image, words(error)))
    const failure = pullFailure(image, words(error))
    backoff.failed(key, `${failure.reason}: ${failure.message}`, clock.now())
    return { ok: false, ...failure }
  }
}

interface Pulled {
  readonly imageRef: string
  readonly sizeBytes: number
  readonly pullMs: number
  readonly allMs: number
}

async function pull(
  { images, clock, records, turn }: Context,
  request: ImageRequest,
  spec: Input<ImageSpec>,
): Promise<Pulled> {
  const { signal } = request
  const askedAt = clock.monotonic()
  return turn(async () => {
    const startedAt = clock.monotonic()
    const { imageRef, secret } = await pullWithAny(images, request, spec)
    const endedAt = clock.monotonic()
    await records?.pulled(request.image, imageRef, secret)
    const sizeBytes = (await images.imageStatus(spec, { ...(signal && { signal }) }))?.size ?? 0
    return { imageRef, sizeBytes, pullMs: endedAt - startedAt, allMs: endedAt - askedAt }
  }, signal)
}

/** Pulls with the first credentials that work. */
async function pullWithAny(
  images: ImageService,
  request: ImageRequest,
  spec: Input<ImageSpec>,
): Promise<{ readonly imageRef: string; readonly secret: SecretOrigin | undefined }> {
  const { sandboxConfig, signal } = request
  const credentials = (await request.credentials?.()) ?? []
  const problems: string[] = []
  for (const each of credentials.length > 0 ? credentials : [undefined]) {
    try {
      const limits = { ...(signal && { signal }) }
      const imageRef = await images.pullImage(spec, each?.auth, sandboxConfig, limits)
      return { imageRef, secret: each?.secret }
    } catch (error) {
      problems.push(words(error))
    }
  }
  throw new PullError(aggregate(problems))
}

/** Every attempt at a pull failed; the message is the runtime's. */
class PullError extends Error {
  override readonly name = 'PullError'
}

function imageSpec({ image, annotations, runtimeHandler }: ImageRequest): Input<ImageSpec> {
  return {
    image: withDefaultTag(image),
    userSpecifiedImage: image,
    ...(annotations && { annotations }),
    ...(runtimeHandler !== undefined && { runtimeHandler }),
  }
}

function refuse({ report }: ImageRequest, reason: ImageReason, event: ImageEvent): EnsuredImage {
  report(event)
  return { ok: false, reason, message: event.message }
}

/** What the runtime said. Anything else, an abort for one, is none of its errors and goes on. */
function words(error: unknown): string {
  if (error instanceof GrpcError || error instanceof PullError) return error.message
  throw error
}
