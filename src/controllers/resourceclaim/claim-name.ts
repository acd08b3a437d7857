const BASE_MAX = 57 // Leaves room for a hyphen and five random characters in a name of 63.

/** What the name of a claim begins with that is made for an entry of a Pod: both names, each cut by its share. */
export function claimNameBase(podName: string, entryName: string): string {
  const whole = `${podName}-${entryName}-`
  if (whole.length <= BASE_MAX) return whole
  const cut = (name: string): string =>
    name.slice(0, Math.trunc((name.length * BASE_MAX) / whole.length))
  return `${cut(podName)}-${cut(entryName)}`
}
