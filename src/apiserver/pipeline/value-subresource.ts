import type { ApiObject } from '../registry/api-object.ts'
import type { ObjectAdmission, WriteContext } from '../registry/write-context.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { Call } from './call.ts'
import type { PipelineEnvironment } from './environment.ts'
import { writeContext } from './write-request.ts'

/** Asks admission about a value that is posted to a subresource, such as a Binding. */
export async function admitValue<T extends object>(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  value: T,
): Promise<T> {
  const { admission } = writeContext(kind, call, env)
  const admitted = await admission.admit(value as unknown as ApiObject, undefined)
  await admission.validate(admitted, undefined)
  return admitted as unknown as T
}

const ASKED: ObjectAdmission = {
  admit: (object) => object,
  validate: () => undefined,
  admitDeletion: () => undefined,
}

/** The context of a write that follows from a value which admission has judged already. */
export function contextAfterAdmission(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  dryRun?: readonly string[],
): WriteContext {
  return { ...writeContext(kind, call, env, dryRun), admission: ASKED }
}
