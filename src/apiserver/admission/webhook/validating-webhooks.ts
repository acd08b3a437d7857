import { ValidatingWebhookConfiguration } from '../../../api/admissionregistration/v1/index.ts'
import { internalError } from '../../../apimachinery/status-error.ts'
import type { AdmissionEnvironment } from '../environment.ts'
import { isConfiguration } from '../matching/exempt.ts'
import { followed } from '../matching/followed.ts'
import type { Versions } from '../matching/versions.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { CallFailed, callHook } from './call-hook.ts'
import { hooksOf, invocationOf, type Hook, type Invocation } from './hook.ts'
import type { WebhookMetrics } from './webhook-metrics.ts'

/** Asks the webhooks that may refuse, all at once. */
export function validatingWebhooks(
  env: AdmissionEnvironment,
  versions: Versions,
  metrics: WebhookMetrics,
): AdmissionPlugin {
  const hooks = followed(env.live, ValidatingWebhookConfiguration, env.clock, hooksOf)
  return {
    name: 'ValidatingAdmissionWebhook',
    operations: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
    async validate(attributes) {
      if (isConfiguration(attributes)) return
      const all = (await hooks.current(attributes)) ?? []
      if (all.length === 0) return
      const calls: (readonly [Hook, Invocation])[] = []
      for (const hook of all) {
        const invocation = await invocationOf(hook, attributes, env, versions)
        if (invocation) calls.push([hook, invocation])
      }
      const results = await Promise.allSettled(
        calls.map(([hook, invocation]) => validateBy(hook, attributes, invocation, env, metrics)),
      )
      const refused = results.find(({ status }) => status === 'rejected')
      if (refused?.status === 'rejected') throw refused.reason
    },
  }
}

async function validateBy(
  hook: Hook,
  attributes: AdmissionAttributes,
  invocation: Invocation,
  env: AdmissionEnvironment,
  metrics: WebhookMetrics,
): Promise<void> {
  const { name, failurePolicy } = hook.webhook
  try {
    await metrics.measure(name, attributes.operation, 'validating', () =>
      callHook(hook, attributes, invocation, false, env),
    )
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    if (failurePolicy !== 'Ignore') throw internalError(error.message, { cause: error })
    metrics.failedOpen(name, 'validating')
    attributes.annotate?.('failed-open.validating.webhook.admission.k8s.io/round_0_index_0', name)
  }
}
