import { badRequest, invalid } from '../../apimachinery/status-error.ts'
import type { ApiRequest } from '../../client/request.ts'
import { admissionOf } from '../admission/chain.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { decodeObject } from '../registry/decode-object.ts'
import { validateDryRun } from '../registry/delete-options.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { WriteContext } from '../registry/write-context.ts'
import type { Call } from './call.ts'
import type { PipelineEnvironment } from './environment.ts'

/** The object that a call brings, in the stored version. Throws `BadRequest`. */
export function decodeBody(kind: ServedKind, call: Call): ApiObject {
  const unknownFields: string[] = []
  const object = decodeObject(kind.type, kind.strategy, call.request.body, unknownFields)
  if (unknownFields.length > 0) reportUnknown(kind, call, unknownFields)
  return kind.conversion ? kind.conversion.toStored(object) : object
}

/** Does with unknown fields what the client asked for: nothing, warn, or fail. */
export function reportUnknown(kind: ServedKind, call: Call, fields: readonly string[]): void {
  const mode = call.request.options?.fieldValidation ?? 'Warn'
  const problems = fields.map((field) => `unknown field ${JSON.stringify(field)}`)
  if (mode === 'Warn') for (const problem of problems) call.warn(problem)
  if (mode === 'Strict') throw strictError(kind, problems)
}

export function strictError({ type }: ServedKind, problems: readonly string[]): Error {
  const { kind, version } = type.resource
  return badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: strict decoding error: ${problems.join(', ')}`,
  )
}

/** What the registry is told of a write. Throws `Invalid` for options that make no sense. */
export function writeContext(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  dryRun: readonly string[] = call.request.options?.dryRun ?? [],
): WriteContext {
  const { request, user, warn } = call
  checkDryRun(request, dryRun)
  const { subresource = '', namespace = '', name = '' } = request
  const about = {
    type: kind.resource.type,
    subresource,
    namespace,
    name,
    user,
    dryRun: dryRun.length > 0,
    warn,
  }
  return {
    clock: env.clock,
    random: env.random,
    user,
    namespace,
    dryRun: dryRun.length > 0,
    admission: admissionOf(env.admissionPlugins, about),
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
