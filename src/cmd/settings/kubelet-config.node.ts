import type { KubeletConfiguration } from '../../kubelet/config/kubelet-configuration.ts'
import {
  KubeletConfigurationError,
  parseKubeletConfiguration,
} from '../../kubelet/config/parse-kubelet-configuration.ts'
import {
  CredentialProviderError,
  parseCredentialProviders,
} from '../../kubelet/images/credential-provider-config.ts'
import { parsedFile } from './parsed-file.node.ts'

/** Reads the file that `--kubelet-config` names; the defaults hold where it names none. Throws `UserError`. */
export function kubeletChoice(file: string | undefined): {
  readonly configuration?: KubeletConfiguration
} {
  if (file === undefined) return {}
  const format = { parse: parseKubeletConfiguration, Invalid: KubeletConfigurationError }
  return { configuration: parsedFile('--kubelet-config', file, format) }
}

/** Reads the file that `--image-credential-provider-config` names, to see that it can be used. Throws `UserError`. */
export function checkCredentialProviders(file: string): void {
  const format = { parse: parseCredentialProviders, Invalid: CredentialProviderError }
  parsedFile('--image-credential-provider-config', file, format)
}
