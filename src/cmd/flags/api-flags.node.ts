import { FeatureGateError, parseFeatureGates } from '../../base/feature-gates.ts'
import { parseRuntimeConfig, RuntimeConfigError } from '../../api/runtime-config.ts'
import type { ApiChoice } from '../../api/served-resources.ts'
import { UserError } from '../user-error.ts'

/** What `--feature-gates` and `--runtime-config` say. */
export interface ApiFlags {
  readonly featureGates?: string
  readonly runtimeConfig?: string
}

/** Reads the flags that choose the API. Throws `UserError`. */
export function apiChoice({ featureGates, runtimeConfig }: ApiFlags): ApiChoice {
  try {
    return {
      ...(featureGates !== undefined && { featureGates: parseFeatureGates(featureGates) }),
      ...(runtimeConfig !== undefined && { runtimeConfig: parseRuntimeConfig(runtimeConfig) }),
    }
  } catch (cause) {
    throw worded(cause)
  }
}

/** Finds out whether the flags name what there is, before anything starts. Throws `UserError`. */
export async function checkApiFlags(flags: ApiFlags): Promise<void> {
  const choice = apiChoice(flags)
  if (!choice.featureGates && !choice.runtimeConfig) return
  const { chosenApi } = await import('../../api/served-resources.ts')
  try {
    await chosenApi(choice)
  } catch (cause) {
    throw worded(cause)
  }
}

function worded(cause: unknown): unknown {
  if (cause instanceof FeatureGateError) {
    return new UserError(`invalid argument for --feature-gates: ${cause.message}`, {
      exitCode: 2,
      cause,
    })
  }
  if (cause instanceof RuntimeConfigError) {
    return new UserError(`invalid argument for --runtime-config: ${cause.message}`, {
      exitCode: 2,
      cause,
    })
  }
  return cause
}
