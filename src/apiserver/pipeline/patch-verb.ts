import type { UpdateStrategy } from '../../api/strategy.ts'
import {
  JSON_PATCH_TYPE,
  MERGE_PATCH_TYPE,
  STRATEGIC_MERGE_PATCH_TYPE,
} from '../../apimachinery/media-types.ts'
import { readPatch, type Patch } from '../../apimachinery/patch/patch-body.ts'
import { invalid } from '../../apimachinery/status-error.ts'
import type { PatchType } from '../../client/request.ts'
import { encodeJson } from '../../schema/json.ts'
import { forbidden, unsupported, type FieldError } from '../../schema/field-error.ts'
import { utf8 } from '../base/bytes.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { withAllDefaults } from '../registry/decode-object.ts'
import { updateObject } from '../registry/update.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { Answer, Call } from './call.ts'
import type { PipelineEnvironment } from './environment.ts'
import { RawBody } from './raw-body.ts'
import { writeContext } from './write-request.ts'

const MEDIA_TYPES: Readonly<Record<Exclude<PatchType, 'apply'>, string>> = {
  json: JSON_PATCH_TYPE,
  merge: MERGE_PATCH_TYPE,
  strategic: STRATEGIC_MERGE_PATCH_TYPE,
}

/** Patches an object by the rules of the resource itself, or of a subresource. */
export async function patchWith(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  strategy: UpdateStrategy<ApiObject>,
): Promise<Answer> {
  checkPatchOptions(call)
  const patch = patchOf(kind.schema, call)
  const warned = new Set<string>()
  const { object } = await updateObject(
    kind.resource,
    {
      name: call.request.name ?? '',
      strategy,
      change: (current) => patchedObject(kind, patch, current!, call, warned),
      unconditional: kind.resource.strategy.allowUnconditionalUpdate ?? true,
    },
    writeContext(kind, call, env),
  )
  return { type: 'object', code: 200, object, kind }
}

/** The patch that a call brings. Throws `StatusError` where it is none. */
export function patchOf(schema: ServedKind['schema'], { request }: Call): Patch {
  const { body, patchType = 'strategic', options } = request
  return readPatch({
    schema,
    mediaType: MEDIA_TYPES[patchType as keyof typeof MEDIA_TYPES],
    body: body instanceof RawBody ? body.bytes : utf8(encodeJson(body)),
    fieldValidation: options?.fieldValidation ?? 'Warn',
  })
}

// The patch is applied anew when another write came first, but what is odd about it is told once.
function patchedObject(
  kind: ServedKind,
  patch: Patch,
  current: ApiObject,
  { warn }: Call,
  warned: Set<string>,
): ApiObject {
  const { type, strategy, conversion } = kind
  const before = conversion ? conversion.fromStored(current) : current
  const { object, warnings } = patch(before)
  for (const warning of warnings) {
    if (!warned.has(warning)) warn(warning)
    warned.add(warning)
  }
  const after = withAllDefaults(type, strategy, object as unknown as ApiObject)
  return conversion ? conversion.toStored(after) : after
}

const FIELD_VALIDATIONS = ['Ignore', 'Warn', 'Strict']

/** Throws `Invalid` where the options do not go with the kind of patch. */
export function checkPatchOptions({ request }: Call): void {
  const { force, fieldValidation = 'Warn' } = request.options ?? {}
  const errors: FieldError[] = []
  if (force !== undefined && request.patchType !== 'apply') {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  }
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) {
    errors.push(unsupported('fieldValidation', fieldValidation, FIELD_VALIDATIONS))
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', errors)
}
