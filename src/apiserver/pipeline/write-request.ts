import { invalid } from '../../apimachinery/status-error.ts'
import type { ApiRequest } from '../../client/request.ts'
import { admissionOf } from '../admission/chain.ts'
import { validateDryRun } from '../registry/delete-options.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { WriteContext } from '../registry/write-context.ts'
import type { Call } from './call.ts'
import type { PipelineEnvironment } from './environment.ts'

/** What the registry is told of a write. Throws `Invalid` for options that make no sense. */
export function writeContext(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  dryRun: readonly string[] = call.request.options?.dryRun ?? [],
): WriteContext {
  const { request, user, warn, audit } = call
  checkDryRun(request, dryRun)
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

const OPTION_KINDS = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' }

function checkDryRun({ verb }: ApiRequest, dryRun: readonly string[]): void {
  const errors = validateDryRun(dryRun)
  if (errors.length === 0) return
  const kind = OPTION_KINDS[verb as keyof typeof OPTION_KINDS] ?? 'DeleteOptions'
  throw invalid({ group: 'meta.k8s.io', kind }, '', errors)
}
