import { success } from '../../apimachinery/status.ts'
import type { UpdateStrategy } from '../../api/strategy.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { createObject } from '../registry/create.ts'
import { checkDeleteOptions, type DeleteOptions } from '../registry/delete-options.ts'
import { deleteObject, type DeleteResult } from '../registry/delete.ts'
import { deleteCollection } from '../registry/delete-collection.ts'
import { returnsDeleted } from '../registry/returns-deleted.ts'
import { selectionOf } from '../registry/selection.ts'
import { fromStored, toStored, type ServedKind } from '../registry/served-kind.ts'
import { updateObject } from '../registry/update.ts'
import { changeBy, trackFields } from './field-manager.ts'
import { checkName } from './check-name.ts'
import { mayCreate } from './may-create.ts'
import type { Answer, Call } from './call.ts'
import type { VerbHandler } from './dispatch.ts'
import type { PipelineEnvironment } from './environment.ts'
import { patchWith } from './patch-verb.ts'
import { readDeleteOptions, readObject } from './read-body.ts'
import { writeContext } from './write-request.ts'

const create: VerbHandler = async (kind, call, env) => {
  const sent = readObject(kind, call)
  const tracked = trackFields(
    env.managedTypeOf(kind, ''),
    undefined,
    sent,
    changeBy(call, env.clock),
  )
  const context = writeContext(kind, call, env)
  const object = await createObject(kind.resource, toStored(kind, tracked), context)
  return { type: 'object', code: 201, object, kind }
}

const update: VerbHandler = (kind, call, env) =>
  updateWith(kind, call, env, mainStrategy(kind), kind.resource.strategy.allowCreateOnUpdate)

/** Replaces an object by the rules of the resource itself, or of a subresource. */
export async function updateWith(
  kind: ServedKind,
  call: Call,
  env: PipelineEnvironment,
  strategy: UpdateStrategy<ApiObject>,
  allowCreate = false,
): Promise<Answer> {
  const { name = '', namespace, subresource = '' } = call.request
  const sent = readObject(kind, call)
  checkName(sent, name, namespace)
  const type = env.managedTypeOf(kind, subresource)
  const by = changeBy(call, env.clock)
  const { object: stored, created } = await updateObject(
    kind.resource,
    {
      name,
      strategy,
      change: (current) => {
        const before = current && fromStored(kind, current)
        return toStored(kind, trackFields(type, before, sent, by))
      },
      mayCreate: allowCreate ? () => mayCreate(call, env) : undefined,
      unconditional: kind.resource.strategy.allowUnconditionalUpdate ?? true,
      preconditions: sent.metadata.uid ? { uid: sent.metadata.uid } : undefined,
    },
    writeContext(kind, call, env),
  )
  return { type: 'object', code: created ? 201 : 200, object: stored, kind }
}

/** The rules of the resource itself. */
export function mainStrategy({ resource }: ServedKind): UpdateStrategy<ApiObject> {
  const { prepareForUpdate, validateUpdate, slowRules, warnings } = resource.strategy
  return {
    prepareForUpdate: prepareForUpdate ?? ((object) => object),
    validateUpdate,
    ...(slowRules && { slowRules }),
    ...(warnings && { warnings }),
  }
}

const remove: VerbHandler = async (kind, call, env) => {
  const options = deleteOptionsOf(call)
  const dryRun = options.dryRun ?? []
  const context = writeContext(kind, call, env, dryRun)
  const result = await deleteObject(kind.resource, call.request.name ?? '', options, context)
  return deletionAnswer(kind, result, options.orphanDependents === false)
}

/** Upstream answers with the object where it was only marked, and else with a Status, but for some kinds. */
function deletionAnswer(
  kind: ServedKind,
  { object, outcome }: DeleteResult,
  wantsDependentsGone: boolean,
): Answer {
  const code = outcome !== 'removed' && wantsDependentsGone ? 202 : 200
  if (outcome === 'marked' || returnsDeleted(kind.resource.info)) {
    return { type: 'object', code, object, kind }
  }
  const { name = '', uid = '' } = object.object.metadata
  const { group, plural } = kind.resource.info
  return { type: 'status', code: 200, status: success({ name, group, kind: plural, uid }) }
}

const deletecollection: VerbHandler = async (kind, call, env) => {
  const { options = {} } = call.request
  const deleteOptions = deleteOptionsOf(call)
  const selection = selectionOf(kind.resource, { ...options, ...call.request }, kind)
  const contextFor = (name: string, namespace: string): ReturnType<typeof writeContext> =>
    writeContext(
      kind,
      { ...call, request: { ...call.request, name, namespace } },
      env,
      deleteOptions.dryRun ?? [],
    )
  const list = await deleteCollection(kind.resource, selection, options, deleteOptions, contextFor)
  return { type: 'list', list, kind }
}

// Without a body the options stand in the query.
function deleteOptionsOf(call: Call): DeleteOptions {
  const { body, options = {} } = call.request
  const deleteOptions: DeleteOptions = body === undefined ? options : readDeleteOptions(call)
  checkDeleteOptions(deleteOptions)
  return deleteOptions
}

const patch: VerbHandler = (kind, call, env) => patchWith(kind, call, env, mainStrategy(kind))

export const writeVerbs = { create, update, patch, delete: remove, deletecollection }
