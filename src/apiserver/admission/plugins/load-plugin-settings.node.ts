import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, resolve } from 'node:path'
import type { Clock } from '../../../base/clock.ts'
import type { Random } from '../../../base/random.ts'
import { encodeJson } from '../../../schema/json.ts'
import { decodeConfiguration } from '../../base/decode-configuration.ts'
import { formatFieldError, invalid } from '../../../schema/field-error.ts'
import { kubeconfigWebhook } from '../../webhook-client/review-webhook.node.ts'
import { kubeconfigUsers } from '../../webhook-client/webhook-users.node.ts'
import type { WebhookUsers } from '../../webhook-client/webhook-caller.ts'
import type { PluginSettings } from './admission-plugins.ts'
import { AdmissionConfiguration, WebhookAdmissionConfiguration } from './configuration-types.ts'
import { parseImagePolicy } from './image-policy-settings.ts'
import type { ImagePolicySettings } from './image-policy-webhook.ts'
import { SETTINGS_PARSERS } from './plugin-settings.ts'

interface Platform {
  readonly clock: Clock
  readonly random: Random
}

const KIND = { kind: 'AdmissionConfiguration', versions: ['v1', 'v1alpha1'] }

/** Reads what `--admission-control-config-file` names, and the files that it names. Throws an Error that says what is wrong. */
export async function loadPluginSettings(
  file: string,
  platform: Platform,
): Promise<PluginSettings> {
  const { plugins = [] } = decodeConfiguration(
    await readFile(file, 'utf8'),
    AdmissionConfiguration,
    KIND,
  )
  let settings: PluginSettings = {}
  for (const { name = '', path, configuration } of plugins) {
    const text = path
      ? await readFile(resolve(dirname(file), path), 'utf8')
      : encodeJson(configuration ?? {})
    try {
      settings = { ...settings, ...(await settingsOf(name, text, dirname(file), platform)) }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`couldn't init admission plugin ${JSON.stringify(name)}: ${why}`, { cause })
    }
  }
  return settings
}

async function settingsOf(
  name: string,
  text: string,
  directory: string,
  platform: Platform,
): Promise<PluginSettings> {
  if (name === 'ImagePolicyWebhook')
    return { imagePolicy: await imagePolicy(text, directory, platform) }
  if (name === 'MutatingAdmissionWebhook')
    return { mutatingWebhookUsers: await webhookUsers(text, platform.clock) }
  if (name === 'ValidatingAdmissionWebhook')
    return { validatingWebhookUsers: await webhookUsers(text, platform.clock) }
  if (!Object.hasOwn(SETTINGS_PARSERS, name)) throw new Error('it takes no configuration')
  return SETTINGS_PARSERS[name]!(text)
}

async function imagePolicy(
  text: string,
  directory: string,
  platform: Platform,
): Promise<ImagePolicySettings> {
  const { kubeConfigFile, retryBackoffMs, ...policy } = parseImagePolicy(text)
  const file = resolve(directory, kubeConfigFile)
  return { ...policy, webhook: await kubeconfigWebhook(file, { ...platform, retryBackoffMs }) }
}

const WEBHOOK_ADMISSION = { kind: 'WebhookAdmissionConfiguration', versions: ['v1'] }

async function webhookUsers(text: string, clock: Clock): Promise<WebhookUsers> {
  const { kubeConfigFile = '' } = decodeConfiguration(
    text,
    WebhookAdmissionConfiguration,
    WEBHOOK_ADMISSION,
  )
  if (!isAbsolute(kubeConfigFile)) {
    const problem = invalid('kubeConfigFile', kubeConfigFile, 'must be an absolute file path')
    throw new Error(formatFieldError(problem))
  }
  return kubeconfigUsers(kubeConfigFile, clock)
}
