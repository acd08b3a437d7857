import type { UpdateStrategy } from '../../api/strategy.ts'
import {
  APPLY_YAML_PATCH_TYPE,
  JSON_PATCH_TYPE,
  MERGE_PATCH_TYPE,
  STRATEGIC_MERGE_PATCH_TYPE,
} from '../../apimachinery/media-types.ts'
import { unsupportedMediaType } from '../../apimachinery/status-error.ts'
import { readPatch, type Patch } from '../../apimachinery/patch/patch-body.ts'
import type { PatchType } from '../../client/request.ts'
import { encodeJson } from '../../schema/json.ts'
import { utf8 } from '../base/bytes.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { withAllDefaults } from '../registry/decode-object.ts'
import { updateObject } from '../registry/update.ts'
import { fromStored, toStored, type ServedKind } from '../registry/served-kind.ts'
import type { Answer, Call } from './call.ts'
import { applyWith } from './apply-verb.ts'
import { checkName } from './check-name.ts'
import { changeBy, trackFields } from './field-manager.ts'
import type { PipelineEnvironment } from './environment.ts'
import { RawBody } from './raw-body.ts'
import { writeContext } from './write-request.ts'

const MEDIA_TYPES: Readonly<Record<Exclude<PatchType, 'apply'>, string>> = {
  json: JSON_PATCH_TYPE,
  merge: MERGE_PATCH_TYPE,
  strategic: STRATEGIC_MERGE_PATCH_TYPE,
}

const CUSTOM_PATCH_TYPES = [JSON_PATCH_TYPE, MERGE_PATCH_TYPE, APPLY_YAML_PATCH_TYPE]

/** Patches an object by the rules of the resource itself, or of a subresource. */
export async function patchWith(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  strategy: UpdateStrategy<ApiObject>,
): Promise<Answer> {
  if (call.request.patchType === 'apply') return applyWith(kind, call, env, strategy)
  if (call.request.patchType !== 'json' && call.request.patchType !== 'merge') {
    // What is merged how is declared of built-in kinds alone.
    if (!kind.schema.message) throw unsupportedMediaType(CUSTOM_PATCH_TYPES)
  }
  const patch = patchOf(kind.schema, call)
  const fields = env.managedTypeOf(kind, call.request.subresource ?? '')
  const by = changeBy(call, env.clock)
  const track = (before: ApiObject, after: ApiObject): ApiObject =>
    trackFields(fields, before, after, by)
  const warned = new Set<string>()
  const { object } = await updateObject(
    kind.resource,
    {
      name: call.request.name ?? '',
      strategy,
      change: (current) => patchedObject(kind, patch, track, current!, call, warned),
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
  track: (before: ApiObject, after: ApiObject) => ApiObject,
  current: ApiObject,
  { warn, request }: Call,
  warned: Set<string>,
): ApiObject {
  const before = fromStored(kind, current)
  const { object, warnings } = patch(before)
  for (const warning of warnings) {
    if (!warned.has(warning)) warn(warning)
    warned.add(warning)
  }
  const after = track(
    before,
    withAllDefaults(kind.type, kind.strategy, object as unknown as ApiObject),
  )
  checkName(after, request.name ?? '', request.namespace)
  return toStored(kind, after)
}
