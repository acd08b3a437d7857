import {
  MutatingWebhookConfiguration,
  type MutatingWebhook,
} from '../../../api/admissionregistration/v1/mutating-webhook-configuration.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { jsonPatch, type JsonPatchOperation } from '../../../apimachinery/patch/json-patch.ts'
import { internalError } from '../../../apimachinery/status-error.ts'
import { parseJson } from '../../../schema/json.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import { isConfiguration } from '../matching/exempt.ts'
import { followed } from '../matching/followed.ts'
import type { Versions } from '../matching/versions.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { unchanged } from '../plugins/about.ts'
import { CallFailed, callHook } from './call-hook.ts'
import { hooksOf, invocationOf, type Hook, type Invocation } from './hook.ts'
import type { ReviewResponse } from './review.ts'
import type { WebhookMetrics } from './webhook-metrics.ts'

type Json = Readonly<Record<string, unknown>>
type MutatingHook = Hook<MutatingWebhook>

const NAME = 'MutatingAdmissionWebhook'

/** Asks the webhooks that may change objects, one after another, each with what those before it made. */
export function mutatingWebhooks(
  env: AdmissionEnvironment,
  versions: Versions,
  metrics: WebhookMetrics,
): AdmissionPlugin {
  const hooks = followed(env.live, MutatingWebhookConfiguration, env.clock, (all) =>
    hooksOf<MutatingWebhook>(all),
  )
  return {
    name: NAME,
    operations: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
    async admit(attributes) {
      if (isConfiguration(attributes)) return unchanged(attributes)
      const all = (await hooks.current(attributes)) ?? []
      if (all.length === 0) return unchanged(attributes)
      const turn = attributes.reinvocation.of(NAME)
      turn.begin(attributes.object)
      let current = attributes
      for (const hook of all) {
        if (!turn.mayAsk(hook.id)) continue
        const invocation = await invocationOf(hook, current, env, versions)
        if (!invocation) continue
        const object = await mutateBy(hook, current, invocation, { env, versions, metrics })
        const changed = object !== current.object
        turn.asked(hook.id, { changed, ifNeeded: hook.webhook.reinvocationPolicy === 'IfNeeded' })
        if (changed) current = { ...current, object }
      }
      turn.end(current.object)
      return unchanged(current)
    },
  }
}

interface Means {
  readonly env: AdmissionEnvironment
  readonly versions: Versions
  readonly metrics: WebhookMetrics
}

/** The object as a webhook leaves it; the very same where it changes nothing. */
async function mutateBy(
  hook: MutatingHook,
  attributes: AdmissionAttributes,
  invocation: Invocation,
  { env, versions, metrics }: Means,
): Promise<Json | undefined> {
  const { name, failurePolicy } = hook.webhook
  try {
    const response = await metrics.measure(name, attributes.operation, 'admit', () =>
      callHook(hook, attributes, invocation, true, env),
    )
    return await patched(name, response, attributes, invocation, versions)
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    if (failurePolicy !== 'Ignore') throw internalError(error.message, { cause: error })
    metrics.failedOpen(name, 'admit')
    attributes.annotate?.('failed-open.mutation.webhook.admission.k8s.io/round_0_index_0', name)
    return attributes.object
  }
}

async function patched(
  name: string,
  { patch, patchType }: ReviewResponse,
  attributes: AdmissionAttributes,
  { matched, object }: Invocation,
  versions: Versions,
): Promise<Json | undefined> {
  if (patch === undefined) return attributes.object
  if (patchType !== 'JSONPatch') {
    throw new CallFailed(name, `unsupported patch type ${JSON.stringify(patchType)}`)
  }
  const operations = operationsOf(patch)
  if (operations.length === 0) return attributes.object
  if (!object) {
    throw internalError(
      `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    )
  }
  const result = applied(object, operations)
  if (equal(result, object)) return attributes.object
  try {
    return await versions.accept(object, result, attributes.served, matched)
  } catch (error) {
    throw internalError((error as Error).message, { cause: error })
  }
}

function operationsOf(patch: string): readonly JsonPatchOperation[] {
  try {
    const operations = parseJson(Uint8Array.fromBase64(patch))
    if (!Array.isArray(operations)) throw new Error('the patch is no list of operations')
    return operations as readonly JsonPatchOperation[]
  } catch (error) {
    throw internalError((error as Error).message, { cause: error })
  }
}

function applied(object: Json, operations: readonly JsonPatchOperation[]): unknown {
  try {
    return jsonPatch(object, operations)
  } catch (error) {
    throw internalError((error as Error).message, { cause: error })
  }
}
