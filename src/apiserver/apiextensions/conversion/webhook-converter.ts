import type { CustomResourceDefinition } from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { formatGroupVersionKind, parseApiVersion } from '../../../apimachinery/gvk.ts'
import { unknownError } from '../../../apimachinery/status-error.ts'
import type { Clock } from '../../../base/clock.ts'
import { uuid, type Random } from '../../../base/random.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import type { Registry } from '../../registry/registry.ts'
import { isObject, type Json } from '../schema/schema.ts'
import { checkConverted, ConversionProblem } from './check-converted.ts'
import type { Converter } from './converter.ts'
import { postReview } from '../../webhook-client/post-review.ts'
import type { WebhookCaller } from '../../webhook-client/webhook-caller.ts'

export interface WebhookConverterOptions {
  readonly clock: Clock
  readonly random: Random
  readonly registry: Registry
  /** Without it no webhook can be asked. */
  readonly webhooks?: WebhookCaller | undefined
}

const TIMEOUT_SECONDS = 30
const TOO_LATE = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'

/** Converts by asking the webhook of a definition, with a ConversionReview for all objects at once. */
export function webhookConverter(
  definition: CustomResourceDefinition,
  options: WebhookConverterOptions,
): Converter {
  return async (objects, apiVersion) => {
    const [first] = objects
    if (!first) return []
    const of = formatGroupVersionKind({ ...parseApiVersion(first.apiVersion), kind: first.kind })
    const intro = `conversion webhook for ${of}`
    try {
      const converted = await ask(definition, objects, apiVersion, options)
      return checkedAll(objects, converted, apiVersion, intro)
    } catch (error) {
      if (error instanceof ConversionProblem) throw unknownError(error.message)
      throw unknownError(`${intro} failed: ${(error as Error).message}`)
    }
  }
}

function checkedAll(
  objects: readonly ApiObject[],
  converted: readonly unknown[],
  apiVersion: string,
  intro: string,
): readonly ApiObject[] {
  if (converted.length !== objects.length) {
    throw new ConversionProblem(
      `${intro} returned ${converted.length} objects, expected ${objects.length}`,
    )
  }
  return objects.map((object, i) =>
    checkConverted(
      object,
      converted[i],
      apiVersion,
      objects.length === 1
        ? `${intro} returned invalid object`
        : `${intro} returned invalid converted object at index ${i}`,
    ),
  )
}

async function ask(
  { spec }: CustomResourceDefinition,
  objects: readonly ApiObject[],
  desiredAPIVersion: string,
  options: WebhookConverterOptions,
): Promise<readonly unknown[]> {
  const { conversionReviewVersions, clientConfig } = spec.conversion!.webhook!
  const version = conversionReviewVersions.find((each) => each === 'v1' || each === 'v1beta1')
  if (!version) throw new Error('no supported conversion review versions')
  const uid = uuid(options.random)
  const review = {
    kind: 'ConversionReview',
    apiVersion: `apiextensions.k8s.io/${version}`,
    request: { uid, desiredAPIVersion, objects },
  }
  const answer = await postReview(clientConfig ?? {}, review, {
    ...options,
    timeoutSeconds: TIMEOUT_SECONDS,
    tooLate: TOO_LATE,
  })
  return convertedObjects(answer, version, uid)
}

function convertedObjects(answer: unknown, version: string, uid: string): readonly unknown[] {
  const review: Json = isObject(answer) ? answer : {}
  const { kind = '', apiVersion = '', response } = review
  const expected = `apiextensions.k8s.io/${version}`
  if (version === 'v1' && (kind !== 'ConversionReview' || apiVersion !== expected)) {
    throw new Error(
      `expected webhook response of ${expected}, Kind=ConversionReview, got ${String(apiVersion)}, Kind=${String(kind)}`,
    )
  }
  if (!isObject(response)) throw new Error('no response provided')
  const { uid: given = '', result, convertedObjects: objects } = response
  if (version === 'v1' && given !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`)
  }
  const { status = '', message = '' } = isObject(result) ? result : {}
  if (status !== 'Success') {
    throw new Error(
      message === ''
        ? `response.result.status was '${String(status)}', not 'Success'`
        : String(message),
    )
  }
  return Array.isArray(objects) ? objects : []
}
