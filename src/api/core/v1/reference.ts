import { int32, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class ObjectReference extends message(
  'Points to an object, possibly in another namespace.',
  {
    kind: string(1, 'Kind of the object that is meant, such as Pod.'),
    namespace: string(2, 'Namespace of the object that is meant. Empty for cluster scope.'),
    name: string(3, 'Name of the object that is meant.'),
    uid: string(4, 'UID of the object that is meant, to tell it from others of its name.'),
    apiVersion: string(5, 'API group and version of the object.'),
    resourceVersion: string(6, 'Exact resourceVersion the reference was made to, if any.'),
    fieldPath: string(
      7,
      'Part of the object that is meant, such as spec.containers{name}. Unset means all of it.',
    ),
  },
  { atomic: true },
) {}

export class SecretReference extends message(
  'Names a Secret in any namespace.',
  {
    name: string(1, 'Name of the Secret that is meant.'),
    namespace: string(2, 'Namespace of the Secret that is meant.'),
  },
  { atomic: true },
) {}

export class LocalObjectReference extends message(
  'Names an object in the same namespace.',
  {
    name: string(1, 'Name of the object. Should not be left empty.').default('').told(),
  },
  { atomic: true },
) {}

export class KeyToPath extends message('Maps a key to a file of a volume.', {
  key: string(1, 'Key of the ConfigMap or Secret whose value is written.').required(),
  path: string(
    2,
    'Path of the file, relative to the volume. Must not be absolute or contain a .. element.',
  ).required(),
  mode: int32(
    3,
    'Permission bits of the file, 0 to 0777 octal. Defaults to defaultMode of the volume.',
  ).pointer(),
}) {}

export class TypedLocalObjectReference extends message(
  'Names an object of any kind in the same namespace.',
  {
    apiGroup: string(1, 'API group of the object. Unset means the core group.').pointer(),
    kind: string(2, 'Kind of the object that is meant.').required(),
    name: string(3, 'Name of the object that is meant, in the same namespace.').required(),
  },
  { atomic: true },
) {}

export class TypedObjectReference extends message(
  'Names an object of any kind, possibly in another namespace.',
  {
    apiGroup: string(1, 'API group of the object. Unset means the core group.').pointer(),
    kind: string(2, 'Kind of the object that is meant.').required(),
    name: string(3, 'Name of the object that is meant.').required(),
    namespace: string(
      4,
      'Namespace of the object; another one needs a ReferenceGrant. Defaults to the same namespace.',
    ).pointer(),
  },
) {}
