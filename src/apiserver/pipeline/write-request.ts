import { admissionOf } from '../admission/chain.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { WriteContext } from '../registry/write-context.ts'
import type { Call } from './call.ts'
import type { PipelineEnvironment } from './environment.ts'

/** What the registry is told of a write. */
export function writeContext(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  dryRun: readonly string[] = call.request.options?.dryRun ?? [],
): WriteContext {
  const { request, user, warn, audit } = call
  const { subresource = '', namespace = '', name = '' } = request
  const about = {
    type: kind.resource.type,
    served: kind,
    subresource,
    namespace,
    name,
    user,
    dryRun: dryRun.length > 0,
    warn,
    ...(audit && { annotate: (key: string, value: string) => audit.annotate(key, value) }),
  }
  const admission = admissionOf(env.admissionPlugins, about)
  return {
    clock: env.clock,
    random: env.random,
    user,
    namespace,
    dryRun: dryRun.length > 0,
    admission: env.measuredAdmission?.(admission) ?? admission,
    warn,
  }
}
