import { bool, int64, listOf, ref, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class ApplyOptions extends message('Query options for server-side apply.', {
  ...typeMeta,
  dryRun: listOf(
    'string',
    1,
    'All runs every stage without storing. Unset makes the change.',
  ).atomic(),
  force: bool(
    2,
    'Takes over fields that other managers own instead of failing with a conflict.',
  ).required(),
  fieldManager: string(3, 'Name of the manager under which the fields are owned.').required(),
}) {}

export class CreateOptions extends message('Query options for creating an object.', {
  ...typeMeta,
  dryRun: listOf(
    'string',
    1,
    'All runs every stage without storing. Unset makes the change.',
  ).atomic(),
  fieldManager: string(
    3,
    'Name of the client making the change; up to 128 printable characters. Defaults from the user agent.',
  ),
  fieldValidation: string(
    4,
    'Unknown or duplicate fields: Ignore drops, Warn warns, Strict fails. Defaults to Warn.',
  ),
}) {}

export class Preconditions extends message('What must hold for an update or delete to go ahead.', {
  uid: string(1, 'The request fails unless the object has this UID.').pointer(),
  resourceVersion: string(
    2,
    'The request fails unless the object has this resourceVersion now.',
  ).pointer(),
}) {}

export class DeleteOptions extends message('Options for deleting an object.', {
  ...typeMeta,
  gracePeriodSeconds: int64(
    1,
    'Seconds before the object is removed; 0 means at once. Unset uses the default of its kind.',
  ).pointer(),
  preconditions: ref(
    Preconditions,
    2,
    'What must hold for the deletion; otherwise it fails with a 409 Conflict.',
  ),
  orphanDependents: bool(
    3,
    'Whether to leave dependents in place. Deprecated: use propagationPolicy.',
  )
    .pointer()
    .deprecated(),
  propagationPolicy: string(
    4,
    'What happens to dependents: Orphan, Background or Foreground. The default depends on kind and finalizers.',
  ).pointer(),
  dryRun: listOf('string', 5, 'All runs every stage without deleting. Unset deletes.').atomic(),
  ignoreStoreReadErrorWithClusterBreakingPotential: bool(
    6,
    'Deletes an object that cannot be read from storage, skipping finalizers. Unsafe. Defaults to false.',
  ).pointer(),
}) {}

export class GetOptions extends message('Query options for reading an object.', {
  ...typeMeta,
  resourceVersion: string(
    1,
    'How fresh the answer must be. Unset reads the latest; 0 accepts any cached state.',
  ),
}) {}

export class ListOptions extends message('Query options for listing and watching.', {
  ...typeMeta,
  labelSelector: string(1, 'Labels objects must have. Defaults to everything.'),
  fieldSelector: string(2, 'Fields objects must have. Defaults to everything.'),
  watch: bool(3, 'Streams changes instead of returning a list. Defaults to false.'),
  allowWatchBookmarks: bool(
    9,
    'Asks for BOOKMARK events, which carry only a resourceVersion. Defaults to false.',
  ),
  resourceVersion: string(
    4,
    'Version to list or watch from. Unset means the latest; 0 accepts any cached state.',
  ),
  resourceVersionMatch: string(
    10,
    'How resourceVersion applies to a list: NotOlderThan or Exact. Needs resourceVersion, except with sendInitialEvents.',
  ),
  timeoutSeconds: int64(
    5,
    'Seconds after which the call ends, whether or not it was active.',
  ).pointer(),
  limit: int64(
    7,
    'Most items to return in one page; more are fetched with continue. Unset returns all.',
  ),
  continue: string(8, 'Token from the previous page. Expires after some minutes with a 410 error.'),
  sendInitialEvents: bool(
    11,
    'Starts a watch with ADDED events for existing objects, ended by a bookmark. Needs resourceVersionMatch.',
  ).pointer(),
  shardSelector: string(
    15,
    'Part of the collection to return, as ranges of the hash of a field. Unset returns all.',
  ),
}) {}

export class PatchOptions extends message('Query options for patching an object.', {
  ...typeMeta,
  dryRun: listOf(
    'string',
    1,
    'All runs every stage without storing. Unset makes the change.',
  ).atomic(),
  force: bool(
    2,
    'Takes over fields that other managers own. Only for apply patches. Defaults to false.',
  ).pointer(),
  fieldManager: string(3, 'Name of the client making the change. Required for apply patches.'),
  fieldValidation: string(
    4,
    'Unknown or duplicate fields: Ignore drops, Warn warns, Strict fails. Defaults to Warn.',
  ),
}) {}

export class TableOptions extends message('Query options for table output.', {
  ...typeMeta,
  includeObject: string(
    1,
    'What each row holds of its object: None, Metadata or Object. Defaults to Metadata.',
  ),
}) {}

export class UpdateOptions extends message('Query options for replacing an object.', {
  ...typeMeta,
  dryRun: listOf(
    'string',
    1,
    'All runs every stage without storing. Unset makes the change.',
  ).atomic(),
  fieldManager: string(
    2,
    'Name of the client making the change; up to 128 printable characters. Defaults from the user agent.',
  ),
  fieldValidation: string(
    3,
    'Unknown or duplicate fields: Ignore drops, Warn warns, Strict fails. Defaults to Warn.',
  ),
}) {}
