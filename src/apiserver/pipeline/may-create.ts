import { attributesOf, authorize } from './authorize.ts'
import type { Call } from './call.ts'
import type { PipelineEnvironment } from './environment.ts'

/** Throws `Forbidden` where the user may not create what an update or an apply did not find. */
export function mayCreate(
  { request, user }: Call,
  env: PipelineEnvironment,
): Promise<void> | undefined {
  return authorize(env.authorizers, attributesOf({ ...request, verb: 'create' }, user))
}
