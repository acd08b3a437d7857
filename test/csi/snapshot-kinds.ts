import { CustomResourceDefinition } from '../../src/api/apiextensions/v1/custom-resource-definition.ts'
import type { Client, ObjectKey } from '../../src/client/client.ts'
import { customClass, type AnyObject } from '../../src/client/dynamic-class.ts'

/** The group that snapshots of all CSI drivers are of (https://github.com/kubernetes-csi/external-snapshotter). */
export const SNAPSHOTS = 'snapshot.storage.k8s.io'

/** An object that is to be made, to which the server adds the rest. */
export function made<T extends AnyObject>(
  object: Omit<T, keyof AnyObject> & {
    readonly metadata: ObjectKey & Pick<AnyObject['metadata'], 'annotations' | 'finalizers'>
  },
): T {
  return object as unknown as T
}

type Source =
  | { readonly persistentVolumeClaimName: string }
  | { readonly volumeSnapshotContentName: string }

export interface VolumeSnapshot extends AnyObject {
  readonly spec: { readonly source: Source; readonly volumeSnapshotClassName?: string }
  readonly status?: {
    readonly boundVolumeSnapshotContentName: string
    readonly readyToUse: boolean
    readonly restoreSize?: string | number
    readonly creationTime?: string
  }
}

export interface VolumeSnapshotContent extends AnyObject {
  readonly spec: {
    readonly deletionPolicy: 'Delete' | 'Retain'
    readonly driver: string
    readonly source: { readonly volumeHandle: string } | { readonly snapshotHandle: string }
    readonly volumeSnapshotClassName?: string
    readonly volumeSnapshotRef: ObjectKey & { readonly kind: string; readonly uid: string }
  }
  readonly status?: {
    readonly snapshotHandle?: string
    readonly readyToUse?: boolean
    readonly restoreSize?: number
    /** In nanoseconds, which are more than a number holds. */
    readonly creationTime?: number | bigint
  }
}

export interface VolumeSnapshotClass extends AnyObject {
  readonly driver: string
  readonly deletionPolicy: 'Delete' | 'Retain'
}

const version = { group: SNAPSHOTS, version: 'v1' }

export const VOLUME_SNAPSHOT = customClass<VolumeSnapshot>({
  ...version,
  kind: 'VolumeSnapshot',
  plural: 'volumesnapshots',
  namespaced: true,
})

export const VOLUME_SNAPSHOT_CONTENT = customClass<VolumeSnapshotContent>({
  ...version,
  kind: 'VolumeSnapshotContent',
  plural: 'volumesnapshotcontents',
  namespaced: false,
})

export const VOLUME_SNAPSHOT_CLASS = customClass<VolumeSnapshotClass>({
  ...version,
  kind: 'VolumeSnapshotClass',
  plural: 'volumesnapshotclasses',
  namespaced: false,
})

const text = { type: 'string' }
const fixed = (name: string) => ({
  ...text,
  'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: `${name} is immutable` }],
})
const object = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
})

/** One of two fields, which stays what it is. */
const either = (a: string, b: string) => ({
  ...object({ [a]: fixed(a), [b]: fixed(b) }),
  'x-kubernetes-validations': [
    ...[a, b].map((each) => ({
      rule: `!has(oldSelf.${each}) || has(self.${each})`,
      message: `${each} is required once set`,
    })),
    {
      rule: `has(self.${a}) != has(self.${b})`,
      message: `exactly one of ${a} and ${b} must be set`,
    },
  ],
})

const deletionPolicy = { ...text, enum: ['Delete', 'Retain'] }
const error = object({ message: text, time: { ...text, format: 'date-time' } })
const int64 = { type: 'integer', format: 'int64' }

// The definitions of the external snapshotter as far as objects are checked by them.
const DEFINITIONS = [
  {
    resource: VOLUME_SNAPSHOT.resource,
    shortNames: ['vs'],
    columns: ['.status.readyToUse', '.spec.source.persistentVolumeClaimName'],
    hasStatus: true,
    schema: object(
      {
        spec: object(
          {
            source: either('persistentVolumeClaimName', 'volumeSnapshotContentName'),
            volumeSnapshotClassName: {
              ...text,
              'x-kubernetes-validations': [
                {
                  rule: 'size(self) > 0',
                  message: 'volumeSnapshotClassName must not be the empty string when set',
                },
              ],
            },
          },
          ['source'],
        ),
        status: object({
          boundVolumeSnapshotContentName: text,
          creationTime: { ...text, format: 'date-time' },
          error,
          readyToUse: { type: 'boolean' },
          restoreSize: {
            anyOf: [{ type: 'integer' }, { type: 'string' }],
            'x-kubernetes-int-or-string': true,
          },
        }),
      },
      ['spec'],
    ),
  },
  {
    resource: VOLUME_SNAPSHOT_CONTENT.resource,
    shortNames: ['vsc', 'vscs'],
    columns: ['.status.readyToUse', '.spec.driver'],
    hasStatus: true,
    schema: object(
      {
        spec: object(
          {
            deletionPolicy,
            driver: text,
            source: either('volumeHandle', 'snapshotHandle'),
            volumeSnapshotClassName: text,
            volumeSnapshotRef: {
              ...object({
                apiVersion: text,
                kind: text,
                namespace: text,
                name: text,
                uid: text,
                resourceVersion: text,
              }),
              'x-kubernetes-map-type': 'atomic',
              'x-kubernetes-validations': [
                {
                  rule: 'has(self.name) && has(self.__namespace__)',
                  message:
                    'both spec.volumeSnapshotRef.name and spec.volumeSnapshotRef.namespace must be set',
                },
              ],
            },
          },
          ['deletionPolicy', 'driver', 'source', 'volumeSnapshotRef'],
        ),
        status: object({
          creationTime: int64,
          error,
          readyToUse: { type: 'boolean' },
          restoreSize: { ...int64, minimum: 0 },
          snapshotHandle: text,
        }),
      },
      ['spec'],
    ),
  },
  {
    resource: VOLUME_SNAPSHOT_CLASS.resource,
    shortNames: ['vsclass', 'vsclasses'],
    columns: ['.driver', '.deletionPolicy'],
    hasStatus: false,
    schema: object(
      {
        deletionPolicy,
        driver: text,
        parameters: { type: 'object', additionalProperties: text },
      },
      ['deletionPolicy', 'driver'],
    ),
  },
]

/** Defines the kinds. */
export async function defineSnapshots(client: Client): Promise<void> {
  for (const { resource, shortNames, columns, hasStatus, schema } of DEFINITIONS) {
    const { plural, singular, kind, namespaced } = resource
    await client.create(CustomResourceDefinition, {
      metadata: {
        name: `${plural}.${SNAPSHOTS}`,
        annotations: {
          'api-approved.kubernetes.io':
            'https://github.com/kubernetes-csi/external-snapshotter/pull/814',
        },
      },
      spec: {
        group: SNAPSHOTS,
        scope: namespaced ? 'Namespaced' : 'Cluster',
        names: { plural, singular, kind, shortNames },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            ...(hasStatus && { subresources: { status: {} } }),
            additionalPrinterColumns: columns.map((jsonPath) => ({
              name: jsonPath.split('.').at(-1)!,
              type: 'string',
              jsonPath,
            })),
            schema: { openAPIV3Schema: schema },
          },
        ],
      },
    })
  }
}
