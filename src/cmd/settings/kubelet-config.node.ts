import { readFileSync } from 'node:fs'
import type { KubeletConfiguration } from '../../kubelet/config/kubelet-configuration.ts'
import {
  KubeletConfigurationError,
  parseKubeletConfiguration,
} from '../../kubelet/config/parse-kubelet-configuration.ts'
import {
  CredentialProviderError,
  parseCredentialProviders,
} from '../../kubelet/images/credential-provider-config.ts'
import { UserError } from '../user-error.ts'

/** Reads the file that `--kubelet-config` names; the defaults hold where it names none. Throws `UserError`. */
export function kubeletChoice(file: string | undefined): {
  readonly configuration?: KubeletConfiguration
} {
  if (file === undefined) return {}
  try {
    return { configuration: parseKubeletConfiguration(readFileSync(file, 'utf8')) }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (!(cause instanceof KubeletConfigurationError) && code === undefined) throw cause
    throw new UserError(
      `invalid argument for --kubelet-config ${file}: ${(cause as Error).message}`,
      { exitCode: 2, cause },
    )
  }
}

/** Reads the file that `--image-credential-provider-config` names, to see that it can be used. Throws `UserError`. */
export function checkCredentialProviders(file: string): void {
  try {
    parseCredentialProviders(readFileSync(file, 'utf8'))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (!(cause instanceof CredentialProviderError) && code === undefined) throw cause
    throw new UserError(
      `invalid argument for --image-credential-provider-config ${file}: ${(cause as Error).message}`,
      { exitCode: 2, cause },
    )
  }
}
