import { badRequest } from '../../apimachinery/status-error.ts'
import { success } from '../../apimachinery/status.ts'
import { DeleteOptions as DeleteOptionsClass } from '../../api/meta/v1/options.ts'
import type { UpdateStrategy } from '../../api/strategy.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { createObject } from '../registry/create.ts'
import { checkDeleteOptions, type DeleteOptions } from '../registry/delete-options.ts'
import { deleteObject, type DeleteResult } from '../registry/delete.ts'
import { deleteCollection } from '../registry/delete-collection.ts'
import { returnsDeleted } from '../registry/returns-deleted.ts'
import { selectionOf } from '../registry/selection.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import { updateObject } from '../registry/update.ts'
import { attributesOf, authorize } from './authorize.ts'
import type { Answer, Call } from './call.ts'
import type { VerbHandler } from './dispatch.ts'
import type { PipelineEnvironment } from './environment.ts'
import { patchWith } from './patch-verb.ts'
import { readMessage, readObject } from './read-body.ts'
import { writeContext } from './write-request.ts'

const create: VerbHandler = async (kind, call, env) => {
  const object = readObject(kind, call)
  const context = writeContext(kind, call, env)
  return {
    type: 'object',
    code: 201,
    object: await createObject(kind.resource, object, context),
    kind,
  }
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
  const name = call.request.name ?? ''
  const object = readObject(kind, call)
  checkName(object, name)
  const { object: stored, created } = await updateObject(
    kind.resource,
    {
      name,
      strategy,
      change: () => object,
      mayCreate: allowCreate ? () => mayCreate(call, env) : undefined,
      unconditional: kind.resource.strategy.allowUnconditionalUpdate ?? true,
      preconditions: object.metadata.uid ? { uid: object.metadata.uid } : undefined,
    },
    writeContext(kind, call, env),
  )
  return { type: 'object', code: created ? 201 : 200, object: stored, kind }
}

/** Throws `Forbidden` where the user may not create what an update did not find. */
export function mayCreate({ request, user }: Call, env: PipelineEnvironment): Promise<void> {
  return authorize(env.authorizers, attributesOf({ ...request, verb: 'create' }, user))
}

/** The rules of the resource itself. */
export function mainStrategy({ resource }: ServedKind): UpdateStrategy<ApiObject> {
  const { prepareForUpdate, validateUpdate, warnings } = resource.strategy
  return {
    prepareForUpdate: prepareForUpdate ?? ((object) => object),
    validateUpdate,
    ...(warnings && { warnings }),
  }
}

function checkName({ metadata }: ApiObject, name: string): void {
  const own = metadata.name ?? ''
  if (own === name) return
  if (own === '')
    throw badRequest('the name of the object (based on URL) was not in the request body')
  throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`)
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
  return { type: 'status', status: success({ name, group, kind: plural, uid }) }
}

const deletecollection: VerbHandler = async (kind, call, env) => {
  const { options = {} } = call.request
  const deleteOptions = deleteOptionsOf(call)
  const selection = selectionOf(kind.resource, { ...options, ...call.request })
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

const DELETE_OPTIONS = { group: '', version: 'v1', kind: 'DeleteOptions' }

// Without a body the options stand in the query.
function deleteOptionsOf(call: Call): DeleteOptions {
  const { body, options = {} } = call.request
  const deleteOptions: DeleteOptions =
    body === undefined ? options : readMessage(DeleteOptionsClass, DELETE_OPTIONS, call)
  checkDeleteOptions(deleteOptions)
  return deleteOptions
}

const patch: VerbHandler = (kind, call, env) => patchWith(kind, call, env, mainStrategy(kind))

export const writeVerbs = { create, update, patch, delete: remove, deletecollection }
