import type { WebhookSettings } from '../webhook/webhook-authorizer.ts'
import {
  type AuthorizerEntry,
  SINGLE_AUTHORIZERS,
  WEBHOOK_TIMEOUT_MS_MAX,
} from './parse-authorization.ts'

/** What the flags say of a webhook that decides. */
export interface WebhookFlags extends Pick<WebhookSettings, 'version' | 'allowedMs' | 'refusedMs'> {
  readonly kubeconfig: string
}

/** The chain that names of modes stand for. Throws an Error. */
export function entriesOfModes(
  modes: readonly string[],
  webhook: WebhookFlags | undefined,
): readonly AuthorizerEntry[] {
  if (webhook && !modes.includes('Webhook')) {
    const flag = '--authorization-webhook-config-file'
    throw new Error(`cannot specify ${flag} without mode Webhook`)
  }
  return modes.map((mode, i) => {
    if (modes.indexOf(mode) < i)
      throw new Error(
        `authorization-mode ${JSON.stringify(modes)} has mode specified more than once`,
      )
    const type = SINGLE_AUTHORIZERS.find((each) => each === mode)
    if (type) return { type }
    if (mode !== 'Webhook')
      throw new Error(`authorization-mode ${JSON.stringify(mode)} is not a valid mode`)
    if (!webhook) {
      throw new Error("authorization-mode Webhook's authorization config file not passed")
    }
    return { type: mode, kubeconfig: webhook.kubeconfig, settings: settingsOf(webhook) }
  })
}

function settingsOf({ version, allowedMs, refusedMs }: WebhookFlags): WebhookSettings {
  return {
    name: 'webhook',
    timeoutMs: WEBHOOK_TIMEOUT_MS_MAX,
    allowedMs,
    refusedMs,
    version,
    onFailure: 'noOpinion',
    matches: () => true,
  }
}
