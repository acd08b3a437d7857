const FNV_PRIME = 0x01000193
const FNV_BASIS = 0x811c9dc5

/** A number that stands for a flow: a FlowSchema's requests by one user, or in one namespace. FNV-1a, mixed. */
export function flowHash(schema: string, distinguisher: string): number {
  return mix(fnv(distinguisher, fnv(schema, FNV_BASIS) ^ 0xff))
}

/**
 * Deals a flow its hand: `handSize` different queues out of `deckSize`, always the same ones for the same hash. Two
 * flows seldom have all their queues in common, so that one that floods its own leaves the others some that are free
 * (https://aws.amazon.com/builders-library/workload-isolation-using-shuffle-sharding/).
 */
export function dealHand(hash: number, deckSize: number, handSize: number): readonly number[] {
  const hand: number[] = []
  let state = hash
  while (hand.length < handSize) {
    state = mix((state + 0x9e3779b9) >>> 0)
    // The card among those that are left, counted over the gaps that dealt ones leave.
    let card = state % (deckSize - hand.length)
    for (const dealt of hand.toSorted((a, b) => a - b)) if (card >= dealt) card += 1
    hand.push(card)
  }
  return hand
}

function fnv(text: string, basis: number): number {
  let hash = basis
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
  return hash >>> 0
}

// The end of MurmurHash3: every bit of the input changes half of the output's.
function mix(value: number): number {
  let x = value
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
