/** Points to an owner in the same namespace or of cluster scope, as in `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** As much of an object as owning and being owned takes. */
export interface Ownable {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly ownerReferences?: readonly OwnerReference[]
  }
}

type Owned = Pick<Ownable['metadata'], 'ownerReferences'>

/** The one owner that manages the object, if there is one. */
export function controllerOf({
  metadata,
}: {
  readonly metadata: Owned
}): OwnerReference | undefined {
  return metadata.ownerReferences?.find((each) => each.controller === true)
}

export function isControlledBy(
  object: { readonly metadata: Owned },
  owner: { readonly metadata: { readonly uid: string } },
): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid
}

export function isOwnedBy(
  { metadata }: { readonly metadata: Owned },
  owner: { readonly metadata: { readonly uid: string } },
): boolean {
  return metadata.ownerReferences?.some((each) => each.uid === owner.metadata.uid) ?? false
}

/** A reference to an owner that does not manage the object. */
export function ownerReferenceTo({ apiVersion, kind, metadata }: Ownable): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid }
}

/** A reference to the owner that manages the object, which goes away after it. */
export function controllerReferenceTo(owner: Ownable): OwnerReference {
  return { ...ownerReferenceTo(owner), controller: true, blockOwnerDeletion: true }
}
