import { bool, fieldsV1, int64, listOf, mapOf, ref, string, time } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class ShardInfo extends message('The shard of a collection that a list covers.', {
  selector: string(1, 'Shard selector that the server applied.').required(),
}) {}

export class ListMeta extends message('Metadata of a list.', {
  selfLink: string(1, 'Deprecated and no longer filled in.').deprecated(),
  resourceVersion: string(2, 'Version of the list, to start a watch from. Opaque to clients.'),
  continue: string(3, 'Token for fetching the next page. Empty on the last one.'),
  remainingItemCount: int64(
    4,
    'Number of items not in this page; an estimate. Unset if unknown or with selectors.',
  ).pointer(),
  shardInfo: ref(
    ShardInfo,
    5,
    'Shard of the collection that the list covers. Unset for a complete list.',
  ),
}) {}

export class ManagedFieldsEntry extends message('The fields that one manager owns.', {
  manager: string(1, 'Name of the workflow that manages the fields, such as kubectl.'),
  operation: string(2, 'How the fields were set: Apply or Update.'),
  apiVersion: string(3, 'API version in which the field set is written.'),
  time: time(4, 'When the entry was added or its field set last changed.').pointer(),
  fieldsType: string(6, 'Format of the field set; only FieldsV1 is known.'),
  fieldsV1: fieldsV1(7, 'The field set, in FieldsV1 form.').pointer(),
  subresource: string(
    8,
    'Subresource through which the fields were set. Empty for the main resource.',
  ),
}) {}

export class OwnerReference extends message(
  'Points to an owner in the same namespace or of cluster scope.',
  {
    apiVersion: string(5, 'API group and version of the owner.').required(),
    kind: string(1, 'Kind of the owner, such as ReplicaSet.').required(),
    name: string(3, 'Name of the owner, in the same namespace or of cluster scope.').required(),
    uid: string(4, 'UID of the owner, to tell it from later ones of its name.').required(),
    controller: bool(
      6,
      'Whether the owner is the managing controller. Defaults to false.',
    ).pointer(),
    blockOwnerDeletion: bool(
      7,
      'Whether a foreground delete of the owner waits for this object. Defaults to false.',
    ).pointer(),
  },
  { atomic: true },
) {}

export class ObjectMeta extends message('Metadata that every stored object has.', {
  name: string(1, 'Name, unique per kind in the namespace. Cannot change.'),
  generateName: string(2, 'Prefix for a generated name, used only when name is unset.'),
  namespace: string(3, 'Namespace of the object. Empty for cluster-scoped kinds. Cannot change.'),
  selfLink: string(4, 'Deprecated and no longer filled in.').deprecated(),
  uid: string(5, 'Unique ID of the object over all time. Set by the server at creation.'),
  resourceVersion: string(
    6,
    'Version of the object, changed by every write; sent back to detect conflicts. Opaque to clients.',
  ),
  generation: int64(
    7,
    'Number that grows with each change of the desired state. Set by the server.',
  ),
  creationTimestamp: time(8, 'When the object was created. Set by the server.'),
  deletionTimestamp: time(
    9,
    'When the object is due to be removed; set by a graceful delete and never unset.',
  ).pointer(),
  deletionGracePeriodSeconds: int64(
    10,
    'Seconds given to stop cleanly. Set with deletionTimestamp; can only be shortened.',
  ).pointer(),
  labels: mapOf('string', 11, 'Keys and values by which objects are grouped and selected.'),
  annotations: mapOf(
    'string',
    12,
    'Keys and values for tools to store any data. Not used for selection.',
  ),
  ownerReferences: listOf(
    OwnerReference,
    13,
    'Objects this one depends on; it is removed when all are gone. At most one is the controller.',
  )
    .mapKeys('uid')
    .patch('merge', 'uid'),
  finalizers: listOf('string', 14, 'Names that must all be removed before the object goes away.')
    .set()
    .patch('merge'),
  managedFields: listOf(
    ManagedFieldsEntry,
    17,
    'Which manager owns which fields, for server-side apply.',
  ).atomic(),
}) {}

export class TypeMeta extends message('The kind and API version of an object.', {
  kind: string(1, 'Kind of the object, in CamelCase. Cannot change.'),
  apiVersion: string(2, 'API group and version in which the object is written.'),
}) {}
