// What the provisioner of local volumes and the agents of nodes say to each other, in annotations of the Node.

/** The provisioner of volumes that are directories on the node of their first Pod. */
export const LOCAL_PATH_PROVISIONER = 'trierarch.io/local-path'

/** A node tells here in which of its directories such volumes lie. One without it has nobody to make or remove them. */
export const LOCAL_PATH_DIRECTORY = 'local-path.trierarch.io/directory'

const REMOVAL = 'remove.local-path.trierarch.io/'
const FAILED = 'failed: '

/** Where the removal of a volume's directory is asked for, and the node answers. */
export function removalKey(volumeName: string): string {
  return `${REMOVAL}${volumeName}`
}

/** How far the removal of a directory is. */
export type Removal = 'requested' | 'removed' | { readonly failure: string }

export function removalText(removal: Removal): string {
  return typeof removal === 'string' ? removal : `${FAILED}${removal.failure}`
}

/** All removals that are under way on a node, by the names of the volumes. */
export function removalsOf(
  annotations: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, Removal> {
  return new Map(
    Object.entries(annotations)
      .filter(([key]) => key.startsWith(REMOVAL))
      .map(([key, text]) => [key.slice(REMOVAL.length), parseRemoval(text)]),
  )
}

function parseRemoval(text: string): Removal {
  if (text === 'requested' || text === 'removed') return text
  return { failure: text.replace(FAILED, '') }
}
