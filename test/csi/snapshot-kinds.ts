import { CustomResourceDefinition } from '../../src/api/apiextensions/v1/custom-resource-definition.ts'
import type { Client, ObjectKey } from '../../src/client/client.ts'
import { dynamicClass, type AnyObject } from '../../src/client/dynamic-class.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'

/** The group that snapshots of all CSI drivers are of (https://github.com/kubernetes-csi/external-snapshotter). */
export const SNAPSHOTS = 'snapshot.storage.k8s.io'

/** An object that is to be made, to which the server adds the rest. */
export function made<T extends AnyObject>(
  object: Omit<T, keyof AnyObject> & { readonly metadata: ObjectKey },
): T {
  return object as unknown as T
}

export interface VolumeSnapshot extends AnyObject {
  readonly spec: { readonly source: { readonly persistentVolumeClaimName: string } }
  readonly status?: {
    readonly boundVolumeSnapshotContentName: string
    readonly readyToUse: boolean
    readonly restoreSize: string
  }
}

export interface VolumeSnapshotContent extends AnyObject {
  readonly spec: {
    readonly deletionPolicy: 'Delete' | 'Retain'
    readonly driver: string
    readonly source: { readonly snapshotHandle: string }
    readonly volumeSnapshotRef: object
  }
}

const snapshot = { kind: 'VolumeSnapshot', plural: 'volumesnapshots', namespaced: true }
const content = {
  kind: 'VolumeSnapshotContent',
  plural: 'volumesnapshotcontents',
  namespaced: false,
}
const version = { group: SNAPSHOTS, version: 'v1' }

export const VOLUME_SNAPSHOT = dynamicClass({
  ...version,
  ...snapshot,
}) as ResourceClass<VolumeSnapshot>

export const VOLUME_SNAPSHOT_CONTENT = dynamicClass({
  ...version,
  ...content,
}) as ResourceClass<VolumeSnapshotContent>

/** Defines both kinds, with no more of a schema than their status being a subresource. */
export async function defineSnapshots(client: Client): Promise<void> {
  for (const { kind, plural, namespaced } of [snapshot, content])
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
        names: { plural, singular: kind.toLowerCase(), kind },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    })
}
