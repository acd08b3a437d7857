import { ControllerRevision } from '../../api/apps/v1/controller-revision.ts'
import type { PodTemplateSpec } from '../../api/core/v1/common.ts'
import { equal } from '../../apimachinery/equality.ts'
import type { Selector } from '../../apimachinery/labels.ts'
import { controllerReferenceTo, isControlledBy } from '../../apimachinery/owner-references.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import type { Pass } from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { claim, type Owner } from './claim.ts'
import { jsonHash } from './pod-hash.ts'
import { unlessGone } from './unless-gone.ts'

export const REVISION_HASH = 'controller-revision-hash'

const NAME_PREFIX_MAX = 223

/** What has revisions: one for each template that it has had. */
export type Revisioned = Owner & {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly template: PodTemplateSpec; readonly revisionHistoryLimit: number }
  readonly status: { readonly collisionCount?: number }
}

/** A name is taken by another revision: the owner must count that, to get another hash. */
export class RevisionCollisionError extends Error {
  override readonly name = 'RevisionCollisionError'
}

/** The data of a template's revision: a patch that `kubectl rollout undo` can apply. */
function revisionData(template: PodTemplateSpec): Readonly<Record<string, unknown>> {
  return { spec: { template: { ...template, $patch: 'replace' } } }
}

/** The template that a revision stands for. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const { spec } = data as { readonly spec: { template: PodTemplateSpec & { $patch?: string } } }
  const { $patch: _, ...template } = spec.template
  return template
}

/** The revisions of an owner, oldest first. */
export async function ownRevisions<O extends Owner>(
  pass: Pass,
  owner: readonly [ResourceClass<O>, O],
  selector: Selector,
): Promise<readonly ControllerRevision[]> {
  const revisions = await claim(pass, owner, ControllerRevision, selector)
  return revisions.toSorted(
    (a, b) =>
      a.revision - b.revision ||
      compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
      compare(a.metadata.name, b.metadata.name),
  )
}

/** The revision of the owner's present template, as the newest of all. Throws `RevisionCollisionError`. */
export async function ensureRevision(
  pass: Pass,
  owner: Revisioned,
  revisions: readonly ControllerRevision[],
): Promise<ControllerRevision> {
  const data = revisionData(owner.spec.template)
  const current = revisions.findLast((each) => equal(each.data, data))
  const others = revisions.filter((each) => each !== current)
  const revision = Math.max(0, ...others.map((each) => each.revision)) + 1
  if (!current) return create(pass, owner, data, revision)
  if (current.revision >= revision) return current
  // An old template has come back: it is the newest from now on.
  return pass.client.update(ControllerRevision, { ...current, revision })
}

async function create(
  { client }: Pass,
  owner: Revisioned,
  data: Readonly<Record<string, unknown>>,
  revision: number,
): Promise<ControllerRevision> {
  const { namespace, name: prefix, annotations } = owner.metadata
  const hash = jsonHash(data, owner.status.collisionCount)
  const name = `${prefix.slice(0, NAME_PREFIX_MAX)}-${hash}`
  try {
    return await client.create(ControllerRevision, {
      metadata: {
        namespace,
        name,
        labels: { ...owner.spec.template.metadata.labels, [REVISION_HASH]: hash },
        ...(annotations && { annotations }),
        ownerReferences: [controllerReferenceTo(owner)],
      },
      data,
      revision,
    })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const found = await client.get(ControllerRevision, { namespace, name })
    if (isControlledBy(found, owner) && equal(found.data, data)) return found
    throw new RevisionCollisionError(`revision ${name} is of another template`)
  }
}

/** The revisions that are too many to keep for a rollback: the oldest that no Pod is of. */
export function surplusRevisions(
  revisions: readonly ControllerRevision[],
  limit: number,
  isLive: (revision: ControllerRevision) => boolean,
): readonly ControllerRevision[] {
  const idle = revisions.filter((revision) => !isLive(revision))
  return idle.slice(0, Math.max(0, idle.length - limit))
}

export async function deleteRevisions(
  { client }: Pass,
  revisions: readonly ControllerRevision[],
): Promise<void> {
  for (const { metadata } of revisions) {
    await unlessGone(client.delete(ControllerRevision, metadata))
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
