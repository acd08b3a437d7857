import { duration, json, listOf, string } from '../../schema/field.ts'
import {
  duplicate,
  formatFieldError,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../schema/field-error.ts'
import { message } from '../config/group.ts'
import { readConfiguration } from '../config/read-configuration.ts'

/** A configuration of credential providers that cannot be used: all that is wrong with it. */
export class CredentialProviderError extends Error {
  override readonly name = 'CredentialProviderError'
}

class ExecEnvVar extends message('A variable of the environment of a provider.', {
  name: string(1, 'Its name.').required(),
  value: string(2, 'What it is set to.').required(),
}) {}

export class CredentialProvider extends message('A program that knows credentials of registries.', {
  name: string(1, 'The name of the program in the directory of providers.').required(),
  matchImages: listOf('string', 2, 'The images that it is asked for.').required(),
  defaultCacheDuration: duration(3, 'How long answers hold that do not say.').pointer(),
  apiVersion: string(4, 'The version that it is spoken to in.').required(),
  args: listOf('string', 5, 'What the program is started with.'),
  env: listOf(ExecEnvVar, 6, 'What is added to the environment of this agent.'),
  tokenAttributes: json(7, 'How it gets tokens of service accounts.'),
}) {}

class CredentialProviderConfig extends message('Which credential providers there are.', {
  apiVersion: string(1, 'kubelet.config.k8s.io/v1').required(),
  kind: string(2, 'CredentialProviderConfig').required(),
  providers: listOf(CredentialProvider, 3, 'The providers.').required(),
}) {}

const FORMAT = {
  type: CredentialProviderConfig,
  apiVersion: 'kubelet.config.k8s.io/v1',
  kind: 'CredentialProviderConfig',
  Invalid: CredentialProviderError,
}
export const PROVIDER_API = 'credentialprovider.kubelet.k8s.io/v1'

/** Reads a CredentialProviderConfig. Throws a `CredentialProviderError`. */
export function parseCredentialProviders(yaml: string): readonly CredentialProvider[] {
  const { providers } = readConfiguration(yaml, FORMAT)
  const errors = validate(providers)
  if (errors.length === 0) return providers
  throw new CredentialProviderError(errors.map(formatFieldError).join(', '))
}

/** As upstream's plugin/config.go. */
function validate(providers: readonly CredentialProvider[]): readonly FieldError[] {
  if (providers.length === 0)
    return [required('providers', 'at least 1 item in plugins is required')]
  const names = providers.map(({ name }) => name)
  return providers.flatMap((provider, i) => {
    const at = `providers[${i}]`
    const { name, matchImages, defaultCacheDuration, apiVersion, tokenAttributes } = provider
    return [
      ...(/[/\s]/.test(name) || name === '' || name === '.' || name === '..'
        ? [
            invalid(
              `${at}.name`,
              name,
              'provider name cannot be empty, ".", "..", or contain path separators or spaces',
            ),
          ]
        : []),
      ...(names.indexOf(name) < i ? [duplicate(`${at}.name`, name)] : []),
      ...(apiVersion === PROVIDER_API
        ? []
        : [unsupported(`${at}.apiVersion`, apiVersion, [PROVIDER_API])]),
      ...(matchImages.length === 0
        ? [required(`${at}.matchImages`, 'at least 1 item in matchImages is required')]
        : []),
      ...(defaultCacheDuration === undefined
        ? [required(`${at}.defaultCacheDuration`, 'defaultCacheDuration is required')]
        : []),
      ...(tokenAttributes === undefined
        ? []
        : [unsupported(`${at}.tokenAttributes`, 'tokenAttributes', [])]),
    ]
  })
}
