import { matches, type Selector } from '../../apimachinery/labels.ts'
import {
  controllerOf,
  controllerReferenceTo,
  type Ownable,
  type OwnerReference,
} from '../../apimachinery/owner-references.ts'
import { isInvalid, isNotFound } from '../../apimachinery/status-predicates.ts'
import { firstFailure, type ObjectKey, type Pass } from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'

/** As much of an object as claiming it takes. */
export interface Claimable {
  readonly metadata: ObjectKey & {
    readonly uid: string
    readonly namespace: string
    readonly labels?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
    readonly ownerReferences?: readonly OwnerReference[]
  }
}

/** An object that owns others of its namespace. */
export type Owner = Ownable & {
  readonly metadata: { readonly namespace: string; readonly deletionTimestamp?: string }
}

interface ClaimPlan<T> {
  /** What the owner has, and keeps. */
  readonly owned: readonly T[]
  /** What matches and has no owner yet. */
  readonly adopt: readonly T[]
  /** What the owner has, and does not match any more. */
  readonly release: readonly T[]
}

export interface ClaimOptions<T> {
  /** Further things that an object must be, beside matching the selector. */
  readonly accept?: (object: T) => boolean
}

/** Whose objects are whose: `controlled` are those that name the owner, `orphans` those that name none. */
function planClaim<T extends Claimable>(
  owner: Owner,
  selector: Selector,
  { controlled, orphans }: { readonly controlled: readonly T[]; readonly orphans: readonly T[] },
  { accept = () => true }: ClaimOptions<T> = {},
): ClaimPlan<T> {
  const isMatch = (object: T): boolean =>
    matches(selector, object.metadata.labels) && accept(object)
  const isDeleted = owner.metadata.deletionTimestamp !== undefined
  const [owned, others]: [T[], T[]] = [[], []]
  for (const object of controlled) {
    if (object.metadata.namespace !== owner.metadata.namespace) continue
    if (isMatch(object)) owned.push(object)
    else others.push(object)
  }
  return {
    owned,
    // An owner that goes away leaves everything as it is to the garbage collector.
    adopt: isDeleted
      ? []
      : orphans.filter(
          (object) => object.metadata.deletionTimestamp === undefined && isMatch(object),
        ),
    release: isDeleted ? [] : others,
  }
}

/**
 * The objects that belong to `owner`: adopts those that match its selector and have no owner, and releases those that
 * do not match any more. Reads the owner anew before it adopts, as the cached one may be gone already.
 */
export async function claim<O extends Owner, T extends Claimable>(
  pass: Pass,
  [ownerType, owner]: readonly [ResourceClass<O>, O],
  type: ResourceClass<T>,
  selector: Selector,
  options?: ClaimOptions<T>,
): Promise<readonly T[]> {
  const plan = planClaim(
    owner,
    selector,
    {
      controlled: pass.cache.controlledBy(type, owner),
      orphans: pass.cache.orphans(type, owner.metadata.namespace),
    },
    options,
  )
  if (plan.adopt.length > 0) await checkMayAdopt(pass, ownerType, owner)
  const adopted: T[] = []
  const failure = await firstFailure(
    ...plan.adopt.map(async (object) => {
      const patch = {
        metadata: { ownerReferences: [controllerReferenceTo(owner)], uid: object.metadata.uid },
      }
      if (await patchOwners(pass, type, object, patch)) adopted.push(object)
    }),
    ...plan.release.map((object) => {
      const { uid } = owner.metadata
      const patch = {
        metadata: { ownerReferences: [{ $patch: 'delete', uid }], uid: object.metadata.uid },
      }
      return patchOwners(pass, type, object, patch)
    }),
  )
  if (failure) throw failure
  return [...plan.owned, ...adopted]
}

/** Tells whether the patch was made; an object that is gone, or another one by now, needs none. */
async function patchOwners<T extends Claimable>(
  pass: Pass,
  type: ResourceClass<T>,
  object: T,
  patch: unknown,
): Promise<boolean> {
  try {
    await pass.client.patch(type, object.metadata, 'strategic', patch)
    return true
  } catch (error) {
    if (isNotFound(error) || isInvalid(error)) return false
    throw error
  }
}

async function checkMayAdopt<O extends Owner>(
  pass: Pass,
  type: ResourceClass<O>,
  { kind, metadata }: O,
): Promise<void> {
  const { metadata: fresh } = await pass.client.get(type, metadata)
  const name = `${metadata.namespace}/${metadata.name}`
  if (fresh.uid !== metadata.uid) {
    throw new Error(
      `can't adopt ${kind} ${name}: original ${kind} ${name} is gone: got uid ${fresh.uid}, wanted ${metadata.uid}`,
    )
  }
  if (fresh.deletionTimestamp !== undefined) {
    throw new Error(
      `can't adopt ${kind} ${name}: ${name} has just been deleted at ${fresh.deletionTimestamp}`,
    )
  }
}

/** The keys of the objects of `type` that may want to adopt `object`: none where it has an owner. */
export function adopters<O extends { readonly metadata: ObjectKey }, T extends Claimable>(
  object: T,
  candidates: () => readonly O[],
  selectorOf: (owner: O) => Selector,
): readonly ObjectKey[] {
  if (controllerOf(object)) return []
  return candidates()
    .filter((owner) => matches(selectorOf(owner), object.metadata.labels))
    .map(({ metadata }) => metadata)
}
