import { bool, quantity, ref, string } from '../../../schema/field.ts'
import { message } from './group.ts'

export class ConfigMapEnvSource extends message(
  'A ConfigMap whose entries become environment variables.',
  {
    name: string(1, 'Name of the ConfigMap, in the namespace of the Pod.')
      .default('')
      .told()
      .within(1),
    optional: bool(
      2,
      'Lets the container start when the ConfigMap is missing. Defaults to false.',
    ).pointer(),
  },
) {}

export class ConfigMapKeySelector extends message(
  'Selects one key of a ConfigMap.',
  {
    name: string(1, 'Name of the ConfigMap, in the namespace of the Pod.')
      .default('')
      .told()
      .within(1),
    key: string(2, 'Key whose value is used.').required(),
    optional: bool(3, 'Tolerates a missing ConfigMap or key. Defaults to false.').pointer(),
  },
  { atomic: true },
) {}

export class SecretEnvSource extends message(
  'A Secret whose entries become environment variables.',
  {
    name: string(1, 'Name of the Secret, in the namespace of the Pod.')
      .default('')
      .told()
      .within(1),
    optional: bool(
      2,
      'Lets the container start when the Secret is missing. Defaults to false.',
    ).pointer(),
  },
) {}

export class EnvFromSource extends message(
  'A source whose keys all become environment variables.',
  {
    prefix: string(1, 'Text put before each key to form the variable name.'),
    configMapRef: ref(ConfigMapEnvSource, 2, 'ConfigMap whose every key becomes a variable.'),
    secretRef: ref(SecretEnvSource, 3, 'Secret whose every key becomes a variable.'),
  },
) {}

export class FileKeySelector extends message(
  'Selects one key of an env file in a volume.',
  {
    volumeName: string(1, 'Name of the volume that holds the env file.').required(),
    path: string(
      2,
      'Path of the env file, relative to the volume. Must not be absolute or contain a .. element.',
    ).required(),
    key: string(3, 'Key in the env file whose value is used.').required(),
    optional: bool(
      4,
      'Leaves the variable unset when the file or key is missing. Defaults to false, which fails the container.',
    )
      .pointer()
      .default(false)
      .told(),
  },
  { atomic: true },
) {}

export class ObjectFieldSelector extends message(
  'Selects a field of an object.',
  {
    apiVersion: string(1, 'API version in which fieldPath is written. Defaults to v1.').default(
      'v1',
    ),
    fieldPath: string(2, 'Path of the field, such as metadata.labels.').required(),
  },
  { atomic: true },
) {}

export class ResourceFieldSelector extends message(
  'Selects a resource request or limit of a container.',
  {
    containerName: string(
      1,
      'Name of the container. Required in volumes, optional in environment variables.',
    ),
    resource: string(2, 'Resource to read, such as limits.cpu or requests.memory.').required(),
    divisor: quantity(3, 'Unit in which the value is given. Defaults to 1.').written(),
  },
  { atomic: true },
) {}

export class SecretKeySelector extends message(
  'Selects one key of a Secret.',
  {
    name: string(1, 'Name of the Secret, in the namespace of the Pod.')
      .default('')
      .told()
      .within(1),
    key: string(2, 'Key whose value is used.').required(),
    optional: bool(3, 'Tolerates a missing Secret or key. Defaults to false.').pointer(),
  },
  { atomic: true },
) {}

export class EnvVarSource extends message(
  'Where the value of an environment variable comes from. Set exactly one.',
  {
    fieldRef: ref(
      ObjectFieldSelector,
      1,
      'Field of the Pod, such as metadata.name, spec.nodeName or status.podIP.',
    ),
    resourceFieldRef: ref(ResourceFieldSelector, 2, 'Resource request or limit of a container.'),
    configMapKeyRef: ref(
      ConfigMapKeySelector,
      3,
      'Key of a ConfigMap in the namespace of the Pod.',
    ),
    secretKeyRef: ref(SecretKeySelector, 4, 'Key of a Secret in the namespace of the Pod.'),
    fileKeyRef: ref(FileKeySelector, 5, 'Key of an env file in an emptyDir volume of the Pod.'),
  },
) {}

export class EnvVar extends message('One environment variable of a container.', {
  name: string(1, 'Name of the variable; printable ASCII without =.').required(),
  value: string(2, 'Value, with $(VAR) references expanded; $$ escapes a $. Defaults to empty.'),
  valueFrom: ref(EnvVarSource, 3, 'Where to take the value from. Excludes value.'),
}) {}
