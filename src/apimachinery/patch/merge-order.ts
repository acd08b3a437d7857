/** What identifies an item of a list: itself, or the value of its merge key. */
export type Identity = (item: unknown) => unknown

/**
 * Orders a merged list: items of the patch as `wanted` has them, the others as on the server, and both together, as far
 * as possible, as they stood on the server.
 * See https://github.com/kubernetes/design-proposals-archive/blob/main/cli/preserve-order-in-strategic-merge-patch.md
 */
export function inOrder(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  server: readonly unknown[],
  identity: Identity,
): unknown[] {
  const wantedPlaces = places(wanted, identity)
  const serverPlaces = places(server, identity)
  const mine = merged.filter((item) => wantedPlaces.has(identity(item)))
  const others = merged.filter((item) => !wantedPlaces.has(identity(item)))
  return interleave(
    sortedBy(others, serverPlaces, identity),
    sortedBy(mine, wantedPlaces, identity),
    serverPlaces,
    identity,
  )
}

type Places = ReadonlyMap<unknown, number>

function places(list: readonly unknown[], identity: Identity): Places {
  const found = new Map<unknown, number>()
  for (const [i, item] of list.entries()) {
    const key = identity(item)
    if (!found.has(key)) found.set(key, i)
  }
  return found
}

function sortedBy(list: readonly unknown[], order: Places, identity: Identity): unknown[] {
  const place = (item: unknown): number => order.get(identity(item)) ?? -1
  return list.toSorted((a, b) => place(a) - place(b))
}

/** Joins two lists without changing the order within each: an item goes first where it did so on the server. */
function interleave(
  left: readonly unknown[],
  right: readonly unknown[],
  server: Places,
  identity: Identity,
): unknown[] {
  const joined: unknown[] = []
  let [i, j] = [0, 0]
  while (i < left.length && j < right.length) {
    const l = server.get(identity(left[i]))
    const r = server.get(identity(right[j]))
    joined.push(l !== undefined && r !== undefined && l < r ? left[i++] : right[j++])
  }
  return [...joined, ...left.slice(i), ...right.slice(j)]
}
